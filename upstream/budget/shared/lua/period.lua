-- How far back spending counts, as in period.go. wall is a day and the nanosecond in it.
local period = {}

local SLACK = MINUTE
local STEPPED = SLACK / 2

function period.tick(p, wall, now, length)
  if limits.reset and not p.daily then period.learn(p, limits.reset, now, length) end
  if p.now then
    local shift = (wall.day - p.day) * DAY + (wall.ns - p.ns) - (now - p.now)
    if math.abs(shift) <= STEPPED then return end
    p.rolls = now + length
  end
  p.day, p.ns, p.now = wall.day, wall.ns, now
end

function period.learn(p, reset, now, length)
  if length ~= DAY or (p.daily and p.reset == reset) then return end
  if p.daily then p.rolls = now + length end
  p.daily, p.reset = true, reset
end

function period.rolling(p, now) return not p.daily or period.doubted(p, now) end

-- doubted tells whether the wall does not say what hour it is for the vendor.
function period.doubted(p, now) return now < (p.rolls or 0) end

-- age is how long before wall, less the slack, the vendor's day began.
local function age(p, wall)
  local ns = wall.ns - SLACK
  if ns < 0 then ns = ns + DAY end
  ns = ns - p.reset
  if ns < 0 then ns = ns + DAY end
  return ns
end

-- from is the moment after which spending counts.
function period.from(p, wall, now, length)
  if period.rolling(p, now) then return now - length end
  return now - age(p, wall) - 2 * SLACK
end

-- began is the moment before which nothing that the vendor said holds any more.
function period.began(p, wall, now, length)
  local from = period.from(p, wall, now, length)
  if period.rolling(p, now) then return from end
  return from + 2 * SLACK
end

-- next is how long it is until the reset and its slack have passed, or nil while the period rolls.
function period.next(p, wall, now)
  if period.rolling(p, now) then return nil end
  return DAY - age(p, wall)
end

-- struck is the only whole hour in the span before wall, with the slack at both ends, as time after midnight, or nil.
function period.struck(wall, span)
  local ns = wall.ns + SLACK
  local past = math.fmod(ns, HOUR)
  span = span + 2 * SLACK
  if past >= span or past + HOUR < span then return nil end
  return math.fmod(ns - past, DAY)
end
