// The starts of a schedule between the last one considered and now, and what a misfire policy makes of them.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "controller/schedule/job_plan.hpp"

namespace vigie::controller {

// A start found within this time is on time: ticks are a second apart, and a controller's restart takes less.
constexpr milliseconds on_time_grace = 60s;
// Under MisfirePolicy::all: more runs in a row than this would hold up the next day's.
constexpr size_t catch_up_runs_max = 10;
// Missed starts recorded one by one; more are told in one record with their number. A month of daily starts fits.
constexpr size_t missed_records_max = 31;
// Starts are counted one by one up to here; beyond, only the latest one is computed.
constexpr size_t starts_counted_max = 500;

struct MissedStarts {
    WallTime instant{};  // of the start; of the last one when there are several
    size_t count = 1;
    bool is_lower_bound = false;  // there were more than starts_counted_max
};

struct DueStarts {
    std::vector<WallTime> run;         // in order
    std::vector<MissedStarts> missed;  // in order
    WallTime considered{};             // the new cursor: no start up to here is looked at again
};

// Starts in (considered, now]. `after_step`: the clock was put forward, so the starts in between never had their time:
// MisfirePolicy::all counts as latest then.
DueStarts due_starts(const Schedule& schedule, MisfirePolicy policy, WallTime considered, WallTime now,
                     bool after_step);

// How far a plan's starts on one host have been considered. A row of Family::schedules.
struct ScheduleCursor {
    WallTime considered{};
    std::string schedule_text;  // another text: the plan was changed, and starts over from now
    bool operator==(const ScheduleCursor&) const = default;
};
std::string cursor_key(std::string_view plan, const AgentId& agent);
std::string encode_cursor(const ScheduleCursor& cursor);
Result<ScheduleCursor> decode_cursor(std::string_view bytes);
struct CursorOwner {
    std::string plan;
    AgentId agent;
};
Result<CursorOwner> read_cursor_key(std::string_view key);

// Clocks are corrected by less than this; one that goes back further was wrong before, so cursors start over from now.
// The unique key of runs still keeps each start from running twice.
constexpr milliseconds clock_back_max = std::chrono::hours{24};

// Compares wall and monotonic time from tick to tick.
class ClockWatch {
  public:
    // Steps below this are drift and slewing.
    static constexpr milliseconds step_min = 30s;
    // How far the wall clock was put forward (or back, negative) since the call before; 0 on the first.
    milliseconds step(MonoTime mono, WallTime wall);

  private:
    std::optional<std::pair<MonoTime, WallTime>> last_;
};

}  // namespace vigie::controller
