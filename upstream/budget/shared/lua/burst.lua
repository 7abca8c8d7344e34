-- One credential's burst window, as in burst.go. held is pairs of a moment and how many slots come free at it, soonest
-- first.
local burst = {}

local BURST_PAUSE, MAX_PAUSE, BLOCK_STOP = 2 * SECOND, 30 * MINUTE, 15 * MINUTE

function burst.load(credential)
  local packed = redis.call('HGET', keys.credentials, credential)
  local s = packed and cmsgpack.unpack(packed) or
    {flying = 0, held = {}, paused = 0, blocked = 0, strikes = 0, paused_by = 0, escrow = 0}
  if s.configured ~= limits.burst and credential == limits.credential then
    s.configured, s.limit = limits.burst, limits.burst
  end
  return s
end

function burst.save(credential, s)
  redis.call('HSET', keys.credentials, credential, cmsgpack.pack(s))
  redis.call('PEXPIRE', keys.credentials, option.ttl)
end

-- free is how many slots can be had, those in others' escrow left out.
function burst.free(s, now)
  local kept, taken = {}, 0
  for _, pair in ipairs(s.held) do
    if pair[1] > now then
      kept[#kept + 1] = pair
      taken = taken + pair[2]
    end
  end
  s.held = kept
  return s.limit - s.escrow - s.flying - taken
end

-- earliest is the soonest moment at which want slots can be had by one before whom ahead are wanted.
function burst.earliest(s, now, want, ahead)
  local stop = math.max(now, s.paused, s.blocked)
  if s.limit <= 0 then return stop end
  local nth = math.max(want + ahead - burst.free(s, now), 0)
  if nth == 0 then return stop end
  local limit = math.max(s.limit - s.escrow, 1)
  local rounds = math.floor((nth - 1) / limit)
  nth = math.fmod(nth - 1, limit)
  local moment = now + limits.burst_window
  for _, pair in ipairs(s.held) do
    if nth < pair[2] then
      moment = pair[1]
      break
    end
    nth = nth - pair[2]
  end
  return math.max(stop, moment + rounds * limits.burst_window)
end

-- of is how many slots an ask takes: never more than there are, or it could never leave.
function burst.of(s, slots)
  local n = math.max(slots, 1)
  if s.limit > 0 then n = math.min(n, math.max(s.limit - s.escrow, 1)) end
  return n
end

function burst.hold(s, moment, n)
  if s.limit <= 0 then return end
  local at = #s.held + 1
  while at > 1 and s.held[at - 1][1] > moment do at = at - 1 end
  table.insert(s.held, at, {moment, n})
end

-- others lowers what is free to remaining until reset: somebody else uses the credential too.
local function others(s, now, remaining, reset)
  if reset <= 0 or reset > limits.burst_window then reset = limits.burst_window end
  local extra = math.min(burst.free(s, now), s.limit) - math.max(remaining, 0)
  if s.limit > 0 and extra > 0 then burst.hold(s, now + reset, extra) end
end

-- pause holds everything after a burst 429: each that answers a request made after the last doubles it.
local function pause(s, now, asked, by, latest)
  if by > s.paused_by then
    s.strikes = s.strikes + 1
    s.paused_by = latest
  end
  local least = math.min(BURST_PAUSE * 2 ^ math.min(math.max(s.strikes - 1, 0), 16), MAX_PAUSE)
  s.paused = math.max(s.paused, now + math.max(asked, least))
end

-- settle ends a flight and heeds what the vendor said in its answer, which can lower the limit and never raise it.
function burst.settle(s, flight, outcome, now, latest)
  s.flying = s.flying - flight.slots
  if not outcome.sent then return end
  burst.hold(s, now + limits.burst_window, flight.slots)
  if outcome.burst_limit and outcome.burst_limit > 0 and limits.burst > 0 then
    s.limit = math.min(limits.burst, outcome.burst_limit)
  end
  if outcome.burst_remaining then others(s, now, outcome.burst_remaining, outcome.burst_reset) end
  if outcome.limited == BY_BURST then
    pause(s, now, outcome.retry_after, flight.order, latest)
  elseif outcome.limited == BY_EDGE then
    s.blocked = math.max(s.blocked, now + BLOCK_STOP)
  elseif outcome.answered then
    s.strikes = 0
  end
end
