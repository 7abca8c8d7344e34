-- Settle ends a reservation. 0: it was not open.
local id = text()
local outcome = {
  sent = text() == '1', answered = text() == '1', limited = num(), retry_after = num(), remaining = maybe(), limit = maybe(),
  burst_remaining = maybe(), burst_limit = maybe(), burst_reset = num(),
}
local a, known, now, wall = account.load()
local s = burst.load(limits.credential)
local packed = redis.call('HGET', keys.open, id)
if packed then
  local flight = cmsgpack.unpack(packed)
  account.settle(a, id, flight, outcome, now, wall)
  burst.settle(s, flight, outcome, now, a.order)
  burst.save(limits.credential, s)
end
account.save(a, known, now)
return reply(a, known, s, now, wall, {packed and 1 or 0})
