-- The ledger's time. It runs with the server's clock, and never faster than a caller's own: a step of the server's clock,
-- a restart or another machine in its place frees nothing. Each caller reads its monotonic clock before it calls, so what it
-- says is never ahead of the truth; offset is the ledger's time at its first call. Who calls for the first time has no such
-- past: for that one call its wall and the server's must agree that time has passed.
local clock = {}

local BACKWARDS = SECOND

local function span(from_day, from_ns, day, ns) return (day - from_day) * DAY + ns - from_ns end

-- read is the ledger's time and the wall. state is the account's clock, known is what is remembered of the caller.
function clock.read(state, known)
  if caller.tested then return caller.elapsed, {day = caller.day, ns = caller.ns} end
  local wall = caller.server
  if not wall.day then
    local time = redis.call('TIME')
    local seconds = tonumber(time[1])
    wall = {day = math.floor(seconds / 86400), ns = math.fmod(seconds, 86400) * SECOND + tonumber(time[2]) * 1000}
  end
  if not state.now then
    state.now, state.day, state.ns, state.at = 0, wall.day, wall.ns, 0
  else
    local server = state.at + span(state.day, state.ns, wall.day, wall.ns)
    local most
    if known.offset then
      most = known.offset + caller.elapsed
    else
      most = state.now + math.max(span(state.caller_day, state.caller_ns, caller.day, caller.ns), 0)
    end
    if server < state.now - BACKWARDS then -- from here on the server's clock counts anew
      server = math.max(state.now, known.offset and most or 0)
      state.day, state.ns, state.at = wall.day, wall.ns, server
    end
    state.now = math.max(state.now, math.min(server, most))
  end
  known.offset = math.min(known.offset or math.huge, state.now - caller.elapsed)
  state.caller_day, state.caller_ns = caller.day, caller.ns
  return state.now, wall
end
