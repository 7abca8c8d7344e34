-- KEYS: entry, lease. ARGV: token, lease (ms), how long a fence is remembered (ms). Answers 1 if token has the lease.
local fence = redis.call('HGET', KEYS[1], 'fence')
if fence and fence ~= ARGV[1] then
  return 0
end
if not fence then -- forgotten: nobody else has been given a token since
  redis.call('HSET', KEYS[1], 'fence', ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return 1
