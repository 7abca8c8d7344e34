-- Read tells what is left, as in readout.go.
local a, known, now, wall = account.load()
local s = burst.load(limits.credential)
local from = period.from(a.period, wall, now, limits.window)
local spent, reserved = total(account.spent(a, from)), account.reserved(a)
local reset, v = period.next(a.period, wall, now), a.vendor
local remaining = -1
if limits.tokens > 0 then
  remaining = math.max(limits.tokens - spent - reserved, 0)
  if vendor.known(v) then remaining = math.min(remaining, math.max(vendor.left(v, reserved), 0)) end
end
local HEALTHY, LOW, CRITICAL, STOPPED = 0, 1, 2, 3
local state, because, alarm, retry = HEALTHY, ADMITTED, 0, 0
if s.blocked > now then
  state, because, alarm, retry = STOPPED, BLOCKED, 1, s.blocked - now
elseif vendor.known(v) and vendor.left(v, 0) <= 0 then
  state, because, retry = STOPPED, VENDOR_SPENT, reset or math.max(v.probe - now, 0)
elseif limits.tokens > 0 and spent + reserved >= limits.tokens then
  state, because = STOPPED, SHARE_SPENT
  local stop = tally.relief(keys.grains, from, 1, total)
  if stop then retry = reset or stop + limits.window - now end
elseif vendor.known(v) and vendor.left(v, reserved) <= 0 then
  state, because, retry = STOPPED, UNSETTLED, ANSWER_WAIT
elseif limits.tokens > 0 and remaining * 100 <= limits.tokens * 5 then
  state = CRITICAL
elseif limits.tokens > 0 and remaining * 100 <= limits.tokens * 20 then
  state = LOW
end
account.save(a, known, now)
return reply(a, known, s, now, wall, {spent, reserved, remaining, state, because, alarm, retry})
