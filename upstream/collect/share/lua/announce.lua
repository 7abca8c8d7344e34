-- Tells of changes that are newer than the reading. KEYS: the head, the changes.
-- ARGV: the changes, how many such announcements to keep, how long (ms), channel, message.
local now = redis.call('TIME')
local version = math.max(now[1] * 1000000 + now[2], (tonumber(redis.call('HGET', KEYS[1], 'version')) or 0) + 1)
local text = string.format('%.0f', version)
redis.call('HSET', KEYS[1], 'version', text)
redis.call('ZADD', KEYS[2], text, ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -1 - tonumber(ARGV[2]))
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
redis.call('PUBLISH', ARGV[4], ARGV[5])
return text
