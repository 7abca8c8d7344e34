-- Which Redis process holds the ledger, and whether it remembers. A process that finds the ledger missing, or left by another
-- process, may have lost the last writes or all of them: nothing is granted for a while, and every caller reports what it was
-- granted and the last total that it has seen, before it is granted anything more.
function epoch.tick(a, now, from)
  if (a.raised or now) <= from then a.unheard = {0, 0, 0} end
  local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
  if a.run == run then return end
  a.run, a.epoch = run, a.epoch + 1
  if option.grace > 0 then a.recovers = now + option.grace end
end

-- stranger tells whether the caller has not reported to this epoch.
function epoch.stranger(a, known) return known.epoch ~= a.epoch .. ' ' .. a.run end

-- told notes that it has.
function epoch.told(a, known) known.epoch = a.epoch .. ' ' .. a.run end

-- heard takes what a caller tells of itself from what was known by its sum alone, so that nothing counts twice.
function epoch.heard(a, class, tokens)
  a.unheard[class] = math.max(a.unheard[class] - tokens, 0)
end

-- merge counts, as spent now, what report.granted tells beyond what this server knows: its own memory of the caller, what is
-- older than the window, what is open, what was forfeited. Then the total is raised to the one that the caller has seen: the
-- rest was spent by others, who may yet report it.
function epoch.merge(a, known, report, open, forfeited, now, from)
  local granted = known.granted or {0, 0, 0}
  for _, class in ipairs({REFRESH, INTERACTIVE, MUTATION}) do
    local missing = math.max(report.granted[class] - math.max(granted[class], report.before[class]) - open[class], 0)
    granted[class] = math.max(granted[class], report.granted[class])
    if class ~= REFRESH then
      local paid = math.min(missing, forfeited)
      missing, forfeited = missing - paid, forfeited - paid
    end
    tally.add(keys.grains, now, limits.window, class, missing)
    if epoch.stranger(a, known) then epoch.heard(a, class, missing + open[class]) end
  end
  known.granted = granted
  if not (a.recovers and now < a.recovers and now - report.age > from) then return end
  local used = account.used(a, from)
  for _, class in ipairs(CLASSES) do
    if report.seen[class] > used[class] then
      a.unheard[class], a.raised = a.unheard[class] + report.seen[class] - used[class], now
    end
  end
end
