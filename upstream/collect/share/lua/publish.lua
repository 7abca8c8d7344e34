-- Tells what the holder of a lease knows, unless a newer one has spoken.
-- KEYS: the head, then the chunks of the reading, if there is one.
-- ARGV: fence, standing ("" leaves the one before), manifest ("" leaves the reading before), the version with which the
-- reading was first told ("0": now), how long to keep it (ms), channel, message.
-- Answers {version, the version of the reading, the manifest that was replaced}; a version of "0" is a refusal.
local head = redis.call('HMGET', KEYS[1], 'fence', 'version', 'reading', 'manifest')
if (tonumber(head[1]) or 0) > tonumber(ARGV[1]) then
  return {'0', '0', ''}
end
local now = redis.call('TIME')
local version = math.max(now[1] * 1000000 + now[2], (tonumber(head[2]) or 0) + 1, tonumber(ARGV[4]) + 1)
local text = string.format('%.0f', version)
redis.call('HSET', KEYS[1], 'fence', ARGV[1], 'version', text)
if ARGV[2] ~= '' then
  redis.call('HSET', KEYS[1], 'standing', ARGV[2])
end
local reading, replaced = head[3] or '0', ''
if ARGV[3] ~= '' then
  local told = tonumber(ARGV[4])
  if told == 0 or told > (tonumber(reading) or 0) then
    reading = told == 0 and text or ARGV[4]
    replaced = head[4] or ''
    redis.call('HSET', KEYS[1], 'reading', reading, 'manifest', ARGV[3])
    for i = 2, #KEYS do
      redis.call('PEXPIRE', KEYS[i], ARGV[5])
    end
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[5])
redis.call('PUBLISH', ARGV[6], ARGV[7])
return {text, reading, replaced}
