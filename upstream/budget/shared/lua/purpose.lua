-- For whom and for what was spent, as in purpose.go. A client's purse is a tally of its own and what it holds open; a page
-- is a hash that the readers sum up themselves. Names come from callers, so keys hold their hashes.
local purpose = {}

local PAGES_PER_WINDOW, MAX_ROWS = 96, 1000

local function purse(client) return keys.account .. ':purse:' .. redis.sha1hex(client) end
local function reserved() return keys.account .. ':purses' end

-- held is what client has spent after from, and what it holds open.
function purpose.held(client, from)
  if client == '' then return 0 end
  return total(tally.since(purse(client), from)) + tonumber(redis.call('HGET', reserved(), redis.sha1hex(client)) or 0)
end

function purpose.relief(client, from, over)
  return tally.relief(purse(client), from, over, total)
end

function purpose.reserve(client, tokens)
  if client == '' or tokens == 0 then return end
  redis.call('HINCRBY', reserved(), redis.sha1hex(client), whole(tokens))
  redis.call('PEXPIRE', reserved(), option.ttl)
end

-- settle moves what flight held open to what its client spent, and writes it on the page of the day.
function purpose.settle(flight, sent, now)
  if flight.client ~= '' and flight.tokens > 0 then
    local field = redis.sha1hex(flight.client)
    if redis.call('HINCRBY', reserved(), field, whole(-flight.tokens)) <= 0 then redis.call('HDEL', reserved(), field) end
    if sent then tally.add(purse(flight.client), now, limits.window, flight.class, flight.tokens) end
  end
  if not sent then return end
  local width = math.max(math.floor(limits.window / PAGES_PER_WINDOW), 1)
  local page = keys.account .. ':page:' .. whole(now - math.fmod(now, width) + width)
  local row = flight.purpose
  local old = redis.call('HGET', page, row)
  if not old and redis.call('HLEN', page) >= MAX_ROWS - #CLASSES then
    row = '["(other)","(other)","(other)",' .. (flight.class - 1) .. ']'
    old = redis.call('HGET', page, row)
  end
  local calls, tokens = string.match(old or '0 0', '^(%d+) (%d+)$')
  redis.call('HSET', page, row, whole(calls + 1) .. ' ' .. whole(tokens + flight.tokens))
  redis.call('PEXPIRE', page, option.ttl)
end
