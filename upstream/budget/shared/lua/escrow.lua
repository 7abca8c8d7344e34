-- What a caller has withdrawn in advance, to spend when it cannot reach this server. It is debited at once. The caller stops
-- when its lease ends by its own clock, which began before this server's.

-- The most of the tokens and of the slots that may lie in escrow.
local TOKENS_IN, SLOTS_IN = 10, 2

local function slots(known, s, credential, n)
  s.escrow = s.escrow + n
  known.slots[credential] = (known.slots[credential] or 0) + n
end

local function tokens(a, known, n)
  a.escrow, known.escrow = a.escrow + n, known.escrow + n
end

-- release gives back what lies in escrow.
function escrow.release(a, known)
  tokens(a, known, -known.escrow)
  for credential, n in pairs(known.slots) do
    local s = burst.load(credential)
    slots(known, s, credential, -n)
    burst.save(credential, s)
  end
  known.slots, known.lease = {}, nil
end

-- lapse ends an escrow whose lease is over, and the last request that it paid for: its tokens were spent, as far as anyone knows.
function escrow.lapse(a, known, now)
  if not known.lease or now < known.lease + option.abandon then return false end
  tally.add(keys.grains, now, limits.window, INTERACTIVE, known.escrow)
  known.forfeited = known.forfeited + known.escrow
  escrow.release(a, known)
  return true
end

-- sweep ends the escrow of dead callers, and forgets those who have not called for two windows.
function escrow.sweep(a, now)
  local packed = redis.call('HGETALL', keys.callers)
  for i = 1, #packed, 2 do
    local known = cmsgpack.unpack(packed[i + 1])
    if packed[i] ~= caller.id then
      if escrow.lapse(a, known, now) then redis.call('HSET', keys.callers, packed[i], cmsgpack.pack(known)) end
      if not known.lease and now > known.seen + 2 * limits.window then redis.call('HDEL', keys.callers, packed[i]) end
    end
  end
end

-- spend takes from the escrow what the caller has spent of it in all, and answers what of that had been forfeited before.
function escrow.spend(a, known, spent)
  local more = math.max(spent - (known.spent or spent), 0)
  known.spent = math.max(known.spent or 0, spent)
  local paid = math.min(more, known.escrow)
  tokens(a, known, -paid)
  local forfeited = math.min(more - paid, known.forfeited)
  known.forfeited = known.forfeited - forfeited
  return forfeited
end

-- claim believes a caller who holds more than this server remembers, and answers by how many tokens.
function escrow.claim(a, known, s, held, held_slots)
  local more = math.max(held - known.escrow, 0)
  tokens(a, known, more)
  slots(known, s, limits.credential, math.max(held_slots - (known.slots[limits.credential] or 0), 0))
  return more
end

-- withdraw fills the escrow up to want tokens and want_slots slots, where that takes nothing that others need.
function escrow.withdraw(a, known, s, want, want_slots, now, wall)
  known.lease = now + option.lease
  if a.recovers and now < a.recovers then return end
  local more = want - known.escrow
  if limits.tokens > 0 and more > 0 and (a.escrow + more) * TOKENS_IN <= limits.tokens then
    local ask = {class = INTERACTIVE, tokens = more, allowance = 0}
    local v = a.vendor
    local told = not vendor.known(v) or vendor.left(v, account.reserved(a)) >= more
    if told and account.decide(a, ask, now, wall) == ADMITTED then
      tokens(a, known, more)
      a.fresh = a.fresh + more
    end
  end
  more = want_slots - (known.slots[limits.credential] or 0)
  if s.limit > 0 and more > 0 and (s.escrow + more) * SLOTS_IN <= s.limit and burst.free(s, now) >= more then
    slots(known, s, limits.credential, more)
  end
end
