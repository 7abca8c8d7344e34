-- What every script answers: the facts that a caller remembers, then the script's own. The first is 1 if the caller must
-- report before anything else.
local function reply(a, known, s, now, wall, own)
  local from = period.from(a.period, wall, now, limits.window)
  local used, reset, v = account.used(a, from), period.next(a.period, wall, now), a.vendor
  local facts = {
    epoch.stranger(a, known) and 1 or 0, now, now - from, reset and 1 or 0, wall.day, wall.ns + (reset or 0), used[1], used[2], used[3],
    math.max(s.paused - now, 0), math.max(s.blocked - now, 0), vendor.known(v) and math.max(vendor.left(v, account.reserved(a)), 0) or -1,
  }
  for _, fact in ipairs(own) do facts[#facts + 1] = fact end
  return facts
end
