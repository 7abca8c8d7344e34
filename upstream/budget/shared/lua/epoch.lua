-- Which Redis process holds the ledger, and whether it remembers. A process that finds the ledger missing, or left by another
-- process, may have lost the last writes or all of them: nothing is granted for a while, and every caller reports what it was
-- granted and the last total that it has seen, before it is granted anything more.
function epoch.tick(a, now, from)
  if (a.raised or now) <= from then a.unheard = {0, 0, 0} end
  local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
  if a.run == run then return end
  a.run, a.epoch, a.fresh = run, a.epoch + 1, 0
  if option.grace > 0 then a.recovers = now + option.grace end
end

-- stranger tells whether the caller has not reported to this epoch.
function epoch.stranger(a, known) return known.epoch ~= a.epoch .. ' ' .. a.run end

-- told notes that it has.
function epoch.told(a, known) known.epoch = a.epoch .. ' ' .. a.run end

-- heard takes what a caller tells of itself from what was known by its sum alone, so that nothing counts twice: its own class
-- first, then the others, for what was withdrawn for one class may be spent in another.
local function heard(a, class, tokens)
  for _, c in ipairs({class, INTERACTIVE, MUTATION, REFRESH}) do
    local known = math.min(a.unheard[c], tokens)
    a.unheard[c], tokens = a.unheard[c] - known, tokens - known
  end
end

-- merge counts, as spent now, what report.granted tells beyond what this server knows: its own memory of the caller, what is
-- older than the window, what is open, what was forfeited. claimed is what it holds in escrow beyond what was known.
function epoch.merge(a, known, report, open, claimed, forfeited, now, from)
  local granted = known.granted or {0, 0, 0}
  local stranger = epoch.stranger(a, known)
  for _, class in ipairs(CLASSES) do
    local missing = math.max(report.granted[class] - math.max(granted[class], report.before[class]) - open[class], 0)
    granted[class] = math.max(granted[class], report.granted[class])
    if class ~= REFRESH then
      local paid = math.min(missing, forfeited)
      missing, forfeited = missing - paid, forfeited - paid
    end
    tally.add(keys.grains, now, limits.window, class, missing)
    if stranger then heard(a, class, missing + open[class]) end
  end
  known.granted = granted
  if not stranger then return end
  heard(a, INTERACTIVE, claimed)
  if now - report.age > from then epoch.raise(a, report.seen, now, from) end
end

-- raise brings the total, without what was granted in this epoch, up to what a stranger saw before it: others have spent the
-- rest, and may yet report it.
function epoch.raise(a, seen, now, from)
  local used = account.used(a, from)
  local short = total(seen) - (total(used) - a.fresh)
  for _, class in ipairs(CLASSES) do
    local part = math.max(math.min(seen[class] - used[class], short), 0)
    if class == MUTATION then part = math.max(short, 0) end
    a.unheard[class], short = a.unheard[class] + part, short - part
    if part > 0 then a.raised = now end
  end
end
