-- For wrk: posts the lines of the file BODIES in turn to the URL, as fast as answers come or at the even RATE per second,
-- and prints requests per second, p50 and p99 in ms, and how many answers were errors.
local ffi = require("ffi")
ffi.cdef("typedef struct { long s; long us; } clock_time; int gettimeofday(clock_time *, void *);")
local clock = ffi.new("clock_time")
local bodies = {}
for line in io.lines(os.getenv("BODIES")) do bodies[#bodies + 1] = line end
local rate = tonumber(os.getenv("RATE") or "0")
local slot
local sent = 0

function request()
  sent = sent % #bodies + 1
  return wrk.format("POST", wrk.path, { ["Content-Type"] = "application/json" }, bodies[sent])
end

if rate > 0 then
  function delay()
    ffi.C.gettimeofday(clock, nil)
    local now = tonumber(clock.s) * 1e6 + tonumber(clock.us)
    -- From the time on when all connections stand: to open them takes the server away from answering.
    slot = math.max((slot or now + 2e5) + 1e6 / rate, now)
    return math.floor((slot - now) / 1000 + 0.5)
  end
end

function done(summary, latency)
  local errors = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  print(string.format("RESULT %f %f %f %d", summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, errors))
end
