-- What every script is called with. Times are nanoseconds, moments of the wall a day and the nanosecond in it: a double
-- holds each of them exactly.
local position = 0
local function text()
  position = position + 1
  return ARGV[position]
end
local function num() return tonumber(text()) end
local function maybe() -- nil for ''
  return tonumber(text())
end

local SECOND, MINUTE, HOUR, DAY = 1e9, 60e9, 3600e9, 86400e9

local keys = {account = KEYS[1], grains = KEYS[2], open = KEYS[3], credentials = KEYS[4], callers = KEYS[5]}

-- caller.elapsed never runs backwards, caller.day and caller.ns are its wall. tested: they are the time itself. server, where it is
-- given, is in place of the server's own clock.
local caller = {id = text(), tested = text() == '1', elapsed = num(), day = num(), ns = num(), server = {day = maybe(), ns = maybe()}}
local option = {grace = num(), abandon = num(), lease = num(), ttl = num()}

local limits = {
  tokens = num(), window = num(), reset = maybe(), refresh = num(),
  credential = text(), burst = num(), burst_window = num(),
}

-- The order of budget.Class, from 1.
local REFRESH, INTERACTIVE, MUTATION = 1, 2, 3
local CLASSES = {REFRESH, INTERACTIVE, MUTATION}
-- The order of budget.Reason.
local ADMITTED, BURST_FULL, BURST_PAUSED, QUEUED, UNSETTLED, RECOVERING, SHARE_SPENT, FLOOR_REACHED, REFRESH_SPENT,
  ALLOWANCE_SPENT, VENDOR_SPENT, BLOCKED = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
-- The order of budget.Limited.
local BY_BURST, BY_BUDGET, BY_EDGE = 1, 2, 3

local function total(spend) return spend[1] + spend[2] + spend[3] end
