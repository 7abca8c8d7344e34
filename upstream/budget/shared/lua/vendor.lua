-- What the vendor has said is left, as in vendor.go, where the reasoning stands. What each open flight has heard is not
-- kept with the flight: account.heard holds the figures of late in the order in which they came, each lower than those
-- after it, so the lowest that a flight has heard is the first that came after its reservation; and account.silent counts
-- for ever what was settled without a figure, so a flight's share is a difference.
local vendor = {}

local PROBE_EVERY = 30 * MINUTE
local ANSWER_WAIT = SECOND

function vendor.known(v) return v.remaining ~= nil end

function vendor.left(v, reserved) return v.remaining - v.since - reserved end

local function hear(account, figure)
  local heard = account.heard
  while #heard > 0 and heard[#heard].remaining >= figure.remaining do heard[#heard] = nil end
  account.events = account.events + 1
  figure.event = account.events
  heard[#heard + 1] = figure
end

-- lowest is the lowest figure that flight has heard.
local function lowest(account, flight)
  for _, figure in ipairs(account.heard) do
    if figure.event > flight.event then return figure end
  end
end

-- say notes the figure that ended flight, and tells whether the budget was refilled since the one before was asked for.
function vendor.say(account, now, flight, figure, limit)
  local v = account.vendor
  hear(account, figure)
  local said = lowest(account, flight)
  local refilled = vendor.known(v) and said.remaining - v.remaining > math.floor(math.max(v.limit, limit) / 20)
    and (v.limit == limit or v.limit == 0 or limit == 0)
  account.vendor = {
    remaining = said.remaining, asked = said.asked, refused = said.refused, by = said.by,
    limit = math.max(limit, 0), since = account.silent - flight.silent, probe = now + PROBE_EVERY,
  }
  return refilled
end

-- pass notes that flight was sent and ended without a figure.
function vendor.pass(account, flight)
  account.vendor.since = account.vendor.since + flight.tokens
  account.silent = account.silent + flight.tokens
end

local function ignorant(v) return {limit = v.limit, since = 0, probe = 0} end

-- answered notes that the vendor served flight without a figure: a refusal before it is over.
function vendor.answered(account, flight)
  local v = account.vendor
  if vendor.known(v) and v.refused and flight.order > v.by then account.vendor = ignorant(v) end
end

-- forget drops what was said before from: another window has begun.
function vendor.forget(account, from)
  local v = account.vendor
  if vendor.known(v) and v.asked <= from then account.vendor = ignorant(v) end
end

-- prune keeps of the figures what an open flight can still need.
function vendor.prune(account)
  if account.flights == 0 then
    account.heard = {}
    return
  end
  if #account.heard <= (account.room or 64) then return end
  local oldest = math.huge
  for _, packed in ipairs(redis.call('HVALS', keys.open)) do
    oldest = math.min(oldest, cmsgpack.unpack(packed).event)
  end
  local kept = {}
  for _, figure in ipairs(account.heard) do
    if figure.event > oldest then kept[#kept + 1] = figure end
  end
  account.heard, account.room = kept, 2 * #kept + 64
end
