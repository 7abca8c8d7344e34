-- One account, as in account.go: loaded, brought to the present, decided upon, saved.
local account = {}
local epoch, escrow = {}, {} -- epoch.lua and escrow.lua

local function fresh()
  return {
    clock = {}, period = {}, vendor = {limit = 0, since = 0, probe = 0}, reserved = {0, 0, 0}, escrow = 0,
    fresh = 0, unheard = {0, 0, 0}, heard = {}, events = 0, silent = 0, order = 0, flights = 0, epoch = 0,
  }
end

-- load brings the account to the present: a, now, wall.
function account.load()
  local packed = redis.call('GET', keys.account)
  local a = packed and cmsgpack.unpack(packed) or fresh()
  local known = redis.call('HGET', keys.callers, caller.id)
  known = known and cmsgpack.unpack(known) or {escrow = 0, slots = {}, forfeited = 0}
  local now, wall = clock.read(a.clock, known)
  period.tick(a.period, wall, now, limits.window)
  vendor.forget(a, period.began(a.period, wall, now, limits.window))
  epoch.tick(a, now, period.from(a.period, wall, now, limits.window))
  escrow.lapse(a, known, now)
  account.sweep(a, now)
  return a, known, now, wall
end

function account.save(a, known, now)
  vendor.prune(a)
  redis.call('SET', keys.account, cmsgpack.pack(a), 'PX', option.ttl)
  known.seen = now
  redis.call('HSET', keys.callers, caller.id, cmsgpack.pack(known))
  redis.call('PEXPIRE', keys.callers, option.ttl)
end

local FLOORS = {[REFRESH] = 20, [INTERACTIVE] = 5, [MUTATION] = 0}

-- floor is how many of the tokens an ask must leave.
local function floor(ask)
  local percent = FLOORS[ask.class]
  if ask.class == REFRESH and ask.essential then percent = FLOORS[INTERACTIVE] end
  return math.floor((limits.tokens * percent + 99) / 100)
end

-- relief is how long it takes until what the grain that ends at stop holds no longer counts; 0 if that is not foreseeable.
local function relief(a, wall, now, stop)
  if not stop and total(a.unheard) > 0 then stop = a.raised end
  if not stop then return 0 end
  return period.next(a.period, wall, now) or stop + limits.window - now
end

-- spent is what was spent since from, by class, what is only known by its sum included.
function account.spent(a, from)
  local spent = tally.since(keys.grains, from)
  for _, class in ipairs(CLASSES) do spent[class] = spent[class] + a.unheard[class] end
  return spent
end

-- used is what was spent since from, and what is held open. Escrow is held open.
function account.used(a, from)
  local used = account.spent(a, from)
  for _, class in ipairs(CLASSES) do used[class] = used[class] + a.reserved[class] end
  used[INTERACTIVE] = used[INTERACTIVE] + a.escrow
  return used
end

-- reserved is all that is held open.
function account.reserved(a) return total(a.reserved) + a.escrow end

-- decide says whether tokens allow an ask: its reason, and in how long to retry. left is what the class may still spend.
function account.decide(a, ask, now, wall)
  local from = period.from(a.period, wall, now, limits.window)
  local used = account.used(a, from)
  local least, left = floor(ask), -1

  if limits.tokens > 0 then
    left = math.max(limits.tokens - total(used) - least, 0)
    local over = total(used) + ask.tokens + least - limits.tokens
    if over > 0 and ask.tokens > 0 then
      return over <= least and FLOOR_REACHED or SHARE_SPENT,
        relief(a, wall, now, tally.relief(keys.grains, from, over, total)), left
    end
    over = used[REFRESH] + ask.tokens - limits.refresh
    if ask.class == REFRESH and over > 0 and ask.tokens > 0 then
      return REFRESH_SPENT,
        relief(a, wall, now, tally.relief(keys.grains, from, over, function(spend) return spend[REFRESH] end)), 0
    end
  end
  if ask.allowance > 0 then
    local allowed = ask.allowance - purpose.held(ask.client, from)
    if left < 0 or allowed < left then left = math.max(allowed, 0) end
    local over = ask.tokens - allowed
    if over > 0 and ask.tokens > 0 then
      return ALLOWANCE_SPENT, relief(a, wall, now, purpose.relief(ask.client, from, over)), left
    end
  end
  local v = a.vendor
  if vendor.known(v) and ask.tokens > 0 then
    local most, room = vendor.left(v, 0), vendor.left(v, account.reserved(a)) - least
    if limits.tokens > 0 then left = math.max(math.min(left, room), 0) end
    if room < ask.tokens then
      if most - least >= ask.tokens then return UNSETTLED, ANSWER_WAIT, left end
      local reset = period.next(a.period, wall, now)
      if now < v.probe or reset then
        return most < ask.tokens and VENDOR_SPENT or FLOOR_REACHED, reset or v.probe - now, left
      end
    end
  end
  return ADMITTED, 0, left
end

-- answer decides on tokens and slots: the tokens first, for their refusal lasts longer.
function account.answer(a, known, s, ask, ahead, now, wall)
  if epoch.stranger(a, known) then return RECOVERING, 0, 0 end
  if a.recovers and now < a.recovers then return RECOVERING, a.recovers - now, 0 end
  local because, retry, left = account.decide(a, ask, now, wall)
  if because ~= ADMITTED then return because, retry, left end
  local moment = burst.earliest(s, now, burst.of(s, ask.slots), ahead)
  if moment > now then
    because = BURST_FULL
    if s.blocked > now then
      because = BLOCKED
    elseif s.paused > now then
      because = BURST_PAUSED
    elseif ahead > 0 then
      because = QUEUED
    end
  end
  return because, moment - now, left
end

-- open puts a flight among the open ones, under id.
function account.open(a, s, id, flight)
  a.order, a.flights = a.order + 1, a.flights + 1
  flight.order, flight.event, flight.silent = a.order, a.events, a.silent
  redis.call('HSET', keys.open, id, cmsgpack.pack(flight))
  redis.call('PEXPIRE', keys.open, option.ttl)
  a.reserved[flight.class] = a.reserved[flight.class] + flight.tokens
  purpose.reserve(flight.client, flight.tokens)
  s.flying = s.flying + flight.slots
end

-- reserve opens a flight for an ask that was admitted, and answers how many slots it holds.
function account.reserve(a, s, known, id, ask, now)
  local slots = burst.of(s, ask.slots)
  account.open(a, s, id, {
    class = ask.class, tokens = ask.tokens, slots = slots, client = ask.client, purpose = ask.purpose,
    credential = limits.credential, at = now, epoch = a.epoch,
  })
  a.fresh = a.fresh + ask.tokens
  known.granted[ask.class] = known.granted[ask.class] + ask.tokens -- it has reported, so it has counters
  if vendor.known(a.vendor) and now >= a.vendor.probe then a.vendor.probe = now + PROBE_EVERY end
  return slots
end

-- settle moves a flight to what was spent, now: the vendor may have charged it at any moment up to here.
function account.settle(a, id, flight, outcome, now, wall)
  if redis.call('HDEL', keys.open, id) == 1 then a.flights = a.flights - 1 end
  a.reserved[flight.class] = a.reserved[flight.class] - flight.tokens
  purpose.settle(flight, outcome.sent, now)
  if not outcome.sent then
    if flight.epoch == a.epoch then a.fresh = a.fresh - flight.tokens end
    return
  end
  tally.add(keys.grains, now, limits.window, flight.class, flight.tokens)
  if outcome.limited == BY_BUDGET then
    vendor.say(a, now, flight, {remaining = 0, asked = flight.at, refused = true, by = a.order}, a.vendor.limit)
  elseif outcome.remaining then
    local asked = a.vendor.asked
    if vendor.say(a, now, flight, {remaining = outcome.remaining, asked = flight.at}, outcome.limit or 0) then
      local reset = period.struck(wall, now - asked)
      if reset and not period.doubted(a.period, now) then period.learn(a.period, reset, now, limits.window) end
    end
  else
    vendor.pass(a, flight)
    if outcome.answered then vendor.answered(a, flight) end
  end
end

-- sweep ends what dead callers left open. It was spent, as far as anyone knows; its slots have come free, for no answer takes
-- so long.
function account.sweep(a, now)
  if now < (a.swept or 0) + option.abandon / 4 then return end
  a.swept = now
  escrow.sweep(a, now)
  if a.flights == 0 then return end
  local packed = redis.call('HGETALL', keys.open)
  for i = 1, #packed, 2 do
    local flight = cmsgpack.unpack(packed[i + 1])
    if now >= flight.at + option.abandon then
      local s = burst.load(flight.credential)
      s.flying = s.flying - flight.slots
      burst.save(flight.credential, s)
      account.settle(a, packed[i], flight, {sent = true}, now)
    end
  end
end
