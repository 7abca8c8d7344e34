-- KEYS: entry, lease, failure. ARGV: how long a fence is remembered (ms), channel, notice without its version.
-- Answers the version of the invalidation.
local now = redis.call('TIME')
local fence = math.max(now[1] * 1000000 + now[2], tonumber(redis.call('HGET', KEYS[1], 'fence') or '0') + 1)
fence = string.format('%.0f', fence)
redis.call('HSET', KEYS[1], 'fence', fence, 'outdated', '1')
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
end
redis.call('DEL', KEYS[2], KEYS[3])
redis.call('PUBLISH', ARGV[2], ARGV[3] .. fence)
return fence
