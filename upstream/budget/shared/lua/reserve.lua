-- Reserve admits an ask or says why not.
local id = text()
local ask = {class = num() + 1, tokens = num(), slots = num(), essential = text() == '1', allowance = num(), client = text(), purpose = text()}
local a, known, now, wall = account.load()
local s = burst.load(limits.credential)
local because, retry, left = account.answer(a, known, s, ask, 0, now, wall)
local slots = 0
local again = redis.call('HGET', keys.open, id)
if again then -- the answer was lost on its way, and the client has repeated the call
  because, retry, slots = ADMITTED, 0, cmsgpack.unpack(again).slots
elseif because == ADMITTED then
  if left >= 0 then left = math.max(left - ask.tokens, 0) end
  slots = account.reserve(a, s, known, id, ask, now)
end
burst.save(limits.credential, s)
account.save(a, known, now)
return reply(a, known, s, now, wall, {because, retry, left, slots})
