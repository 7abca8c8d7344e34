-- The ledger's time. It runs with the server's clock, and never faster than a caller's own: a step of the server's clock,
-- a restart or another machine in its place frees nothing. Each caller reads its monotonic clock before it calls, so what it
-- says is never ahead of the truth; offset is the ledger's time less the caller's. Who calls for the first time has no such past:
-- for that one call, time has passed since the last if both its wall and the server's say so.
local clock = {}

local BACKWARDS = SECOND

local function span(from_day, from_ns, day, ns) return (day - from_day) * DAY + ns - from_ns end

local function read_wall()
  if caller.server.day then return caller.server end
  local time = redis.call('TIME')
  local seconds = tonumber(time[1])
  return {day = math.floor(seconds / 86400), ns = math.fmod(seconds, 86400) * SECOND + tonumber(time[2]) * 1000}
end

-- read is the ledger's time and the wall. c is the account's clock: its time now, the server's wall at the ledger's time at, and how
-- far the server's is ahead of the ledger's. known is what is remembered of the caller.
function clock.read(c, known)
  if caller.tested then return caller.elapsed, {day = caller.day, ns = caller.ns} end
  local wall = read_wall()
  if not c.now then
    c.now, c.day, c.ns, c.at, c.ahead = 0, wall.day, wall.ns, 0, 0
  else
    local server = c.at + span(c.day, c.ns, wall.day, wall.ns)
    local most
    if known.offset then
      most = known.offset + caller.elapsed
    else
      most = c.now + math.min(server - c.now - c.ahead, span(c.caller_day, c.caller_ns, caller.day, caller.ns))
    end
    if server < c.now - BACKWARDS then -- from here on the server's clock counts anew
      server = math.max(c.now, known.offset and most or 0)
      c.day, c.ns, c.at = wall.day, wall.ns, server
    end
    c.now = math.max(c.now, math.min(server, most))
    c.ahead = server - c.now
  end
  known.offset = math.min(known.offset or math.huge, c.now - caller.elapsed)
  c.caller_day, c.caller_ns = caller.day, caller.ns
  return c.now, wall
end
