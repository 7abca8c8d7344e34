-- KEYS: entry, lease, failure. ARGV: token, observed (µs), value, failure, for how long (ms), how long a fence is
-- remembered (ms), channel, notice. Answers 1 if what came was kept.
local fence = redis.call('HGET', KEYS[1], 'fence')
if fence and fence ~= ARGV[1] then
  return 0
end
local keep = tonumber(ARGV[5])
if ARGV[3] ~= '' then
  redis.call('HSET', KEYS[1], 'value', ARGV[3], 'observed', ARGV[2], 'version', ARGV[1], 'fence', ARGV[1])
  redis.call('HDEL', KEYS[1], 'outdated')
  redis.call('PEXPIRE', KEYS[1], math.max(keep, tonumber(ARGV[6])))
  redis.call('DEL', KEYS[3])
elseif ARGV[4] ~= '' and keep > 0 then
  redis.call('SET', KEYS[3], ARGV[4], 'PX', keep)
end
if redis.call('GET', KEYS[2]) == ARGV[1] then
  redis.call('DEL', KEYS[2])
end
redis.call('PUBLISH', ARGV[7], ARGV[8])
return 1
