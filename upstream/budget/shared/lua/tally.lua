-- What was spent when, as in tally.go. A grain keeps the running totals up to its end, so the sum over any window is
-- one subtraction, and relief is a binary search.
local tally = {}

local PER_WINDOW = 1200

local function read_grain(found)
  if not found then return {stop = nil, 0, 0, 0} end
  local stop, r, i, m = string.match(found, '^(%S+) (%S+) (%S+) (%S+)$')
  return {stop = tonumber(stop), tonumber(r), tonumber(i), tonumber(m)}
end

local function whole(n) return string.format('%.0f', n) end

-- add counts tokens now. The newest grain is rewritten until its end.
function tally.add(key, now, window, class, tokens)
  if tokens <= 0 then return end
  local width = math.max(math.floor(window / PER_WINDOW), 1)
  local stop = now - math.fmod(now, width) + width
  local old = redis.call('ZREVRANGE', key, 0, 0)[1]
  local grain = read_grain(old)
  if old and stop <= grain.stop then
    stop = grain.stop
    redis.call('ZREM', key, old)
  else
    tally.forget(key, now - window - 3 * MINUTE)
  end
  grain[class] = grain[class] + tokens
  redis.call('ZADD', key, whole(stop), whole(stop) .. ' ' .. whole(grain[1]) .. ' ' .. whole(grain[2]) .. ' ' .. whole(grain[3]))
  redis.call('PEXPIRE', key, option.ttl)
end

-- forget drops the grains before from but the last of them, whose totals are the ones to subtract.
function tally.forget(key, from)
  local old = redis.call('ZCOUNT', key, '-inf', whole(from))
  if old > 1 then redis.call('ZREMRANGEBYRANK', key, 0, old - 2) end
end

local function before(key, from)
  return read_grain(redis.call('ZREVRANGEBYSCORE', key, whole(from), '-inf', 'LIMIT', 0, 1)[1])
end

-- since is what was spent after from, by class.
function tally.since(key, from)
  local last, first = read_grain(redis.call('ZREVRANGE', key, 0, 0)[1]), before(key, from)
  return {last[1] - first[1], last[2] - first[2], last[3] - first[3]}
end

-- relief is the end of the grain with which, once it is out of reach, need tokens spent after from have gone, or nil.
function tally.relief(key, from, need, of)
  local least = of(before(key, from)) + need
  local low, high = redis.call('ZCOUNT', key, '-inf', whole(from)), redis.call('ZCARD', key)
  local stop
  while low < high do
    local middle = math.floor((low + high) / 2)
    local grain = read_grain(redis.call('ZRANGE', key, middle, middle)[1])
    if of(grain) >= least then
      stop, high = grain.stop, middle
    else
      low = middle + 1
    end
  end
  return stop
end
