-- Peek decides like Reserve for one behind others, and reserves nothing.
local ask = {class = num() + 1, tokens = num(), slots = num(), essential = text() == '1', allowance = num(), client = text()}
local ahead = num()
local a, known, now, wall = account.load()
local s = burst.load(limits.credential)
local because, retry, left = account.answer(a, known, s, ask, ahead, now, wall)
account.save(a, known, now)
return reply(a, known, s, now, wall, {because, retry, left})
