-- Grants the lease of a source to whoever asks first.
-- KEYS: the lease, the last fence. ARGV: how long a lease lasts, how long the last fence is kept (ms).
-- Answers {fence, ms}; a fence of "0" means that somebody else has the lease for ms yet.
local left = redis.call('PTTL', KEYS[1])
if left ~= -2 then
  return {'0', math.max(left, 1)}
end
-- Counted from the server's clock, fences grow even when the last one is forgotten.
local now = redis.call('TIME')
local fence = math.max(now[1] * 1000000 + now[2], (tonumber(redis.call('GET', KEYS[2])) or 0) + 1)
local text = string.format('%.0f', fence)
redis.call('SET', KEYS[2], text, 'PX', ARGV[2])
redis.call('SET', KEYS[1], text, 'PX', ARGV[1])
return {text, tonumber(ARGV[1])}
