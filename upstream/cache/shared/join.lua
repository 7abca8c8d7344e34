-- KEYS: entry, lease, failure. ARGV: since (µs), beyond, lease (ms), how long a fence is remembered (ms).
-- Answers: value, observed, version, outdated, enough, failure, its ms left, token, lease's ms left.
local e = redis.call('HMGET', KEYS[1], 'value', 'observed', 'version', 'fence', 'outdated')
local value, observed, version = e[1] or '', e[2] or '0', e[3] or '0'
local outdated = e[5] and 1 or 0
if e[3] and outdated == 0 and tonumber(observed) >= tonumber(ARGV[1]) and tonumber(version) > tonumber(ARGV[2]) then
  return {value, observed, version, 0, 1, '', 0, '0', 0}
end
local failure = redis.call('GET', KEYS[3])
if failure then
  return {value, observed, version, outdated, 0, failure, math.max(redis.call('PTTL', KEYS[3]), 1), '0', 0}
end
local left = redis.call('PTTL', KEYS[2])
if left ~= -2 then
  return {value, observed, version, outdated, 0, '', 0, '0', math.max(left, 1)}
end
local now = redis.call('TIME')
local token = math.max(now[1] * 1000000 + now[2], tonumber(e[4] or '0') + 1)
token = string.format('%.0f', token)
redis.call('SET', KEYS[2], token, 'PX', ARGV[3])
redis.call('HSET', KEYS[1], 'fence', token)
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[4]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
return {value, observed, version, outdated, 0, '', 0, token, 0}
