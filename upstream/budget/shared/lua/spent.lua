-- Spent tells which pages of purposes the window has: the moment after which they count, and the newest end.
local a, known, now, wall = account.load()
local s = burst.load(limits.credential)
account.save(a, known, now)
local width = math.max(math.floor(limits.window / PAGES_PER_WINDOW), 1)
return reply(a, known, s, now, wall, {period.from(a.period, wall, now, limits.window), now - math.fmod(now, width) + width, width})
