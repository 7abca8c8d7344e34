-- Makes a lease last for another whole while. KEYS: the lease. ARGV: its fence, ms. Answers 0 when it was lost.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
