-- Report tells what the caller was granted, what it has open and what it has spent of its escrow; a server that has forgotten
-- learns it again. It answers what lies in escrow for the caller now.
local report = {}
for _, name in ipairs({'granted', 'before', 'seen'}) do report[name] = {num(), num(), num()} end
report.age = num()
report.spent, report.held, report.held_slots, report.want, report.want_slots = num(), num(), num(), num(), num()
report.paused, report.blocked = num(), num()
local a, known, now, wall = account.load()
local open = {0, 0, 0}
for _ = 1, num() do
  local id, age = text(), num()
  local flight = {
    class = num() + 1, tokens = num(), slots = num(), client = text(), purpose = text(), credential = text(), at = math.max(now - age, 0),
  }
  if epoch.stranger(a, known) and redis.call('HEXISTS', keys.open, id) == 0 then
    open[flight.class] = open[flight.class] + flight.tokens
    local s = burst.load(flight.credential)
    account.open(a, s, id, flight)
    burst.save(flight.credential, s)
  end
end
local s = burst.load(limits.credential)
local forfeited = escrow.spend(a, known, report.spent)
local claimed = escrow.claim(a, known, s, report.held, report.held_slots)
s.paused, s.blocked = math.max(s.paused, now + report.paused), math.max(s.blocked, now + report.blocked)
epoch.merge(a, known, report, open, claimed, forfeited, now, period.from(a.period, wall, now, limits.window))
epoch.told(a, known)
if report.want > 0 or report.want_slots > 0 then escrow.withdraw(a, known, s, report.want, report.want_slots, now, wall) end
burst.save(limits.credential, s)
if report.want < 0 then -- the caller leaves
  escrow.release(a, known)
  s = burst.load(limits.credential)
end
account.save(a, known, now)
return reply(a, known, s, now, wall, {known.escrow, known.slots[limits.credential] or 0})
