-- Which Redis process holds the ledger, and whether it remembers. A process that finds the ledger missing, or left by another
-- process, may have lost the last writes or all of them: nothing is granted for a while, and every caller reports what it was
-- granted and the highest total that it has seen, before it is granted anything more.
function epoch.tick(a, now)
  local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
  if a.run == run then return end
  a.run, a.epoch, a.unheard = run, a.epoch + 1, {0, 0, 0}
  if option.grace > 0 then a.recovers = now + option.grace end
end

-- stranger tells whether the caller has not reported to this epoch.
function epoch.stranger(a, known) return known.epoch ~= a.epoch .. ' ' .. a.run end

-- told notes that it has.
function epoch.told(a, known) known.epoch = a.epoch .. ' ' .. a.run end

-- merge counts, as spent now, what report.granted tells beyond what this server knows: its own memory of the caller, what is
-- older than the window, what is still open. Then the total is raised to the highest that was seen: others had spent the
-- rest. Whoever of them reports later is counted against that first, so nothing counts twice.
function epoch.merge(a, known, report, open, now, wall)
  local granted = known.granted or {0, 0, 0}
  local from = period.from(a.period, wall, now, limits.window)
  if (a.raised or now) <= from then a.unheard = {0, 0, 0} end
  local fits = now - report.age > from and a.recovers and now < a.recovers
  for _, class in ipairs(CLASSES) do
    local missing = math.max(report.granted[class] - math.max(granted[class], report.before[class]) - open[class], 0)
    local heard = epoch.stranger(a, known) and math.min(missing, a.unheard[class]) or 0
    a.unheard[class] = a.unheard[class] - heard
    tally.add(keys.grains, now, limits.window, class, missing - heard)
    granted[class] = math.max(granted[class], report.granted[class])
    local short = report.seen[class] - account.used(a, from)[class]
    if fits and short > 0 then
      tally.add(keys.grains, now, limits.window, class, short)
      a.unheard[class], a.raised = a.unheard[class] + short, now
    end
  end
  known.granted = granted
end
