// Due starts, cursors as rows, and steps of the clock.
#include "controller/schedule/due.hpp"

#include <span>

#include "controller/store/keys.hpp"

namespace vigie::controller {
namespace {
constexpr uint8_t cursor_row_version = 1;

// How many of the last starts a policy runs; `is_on_time` tells of the last one.
size_t runs_of(MisfirePolicy policy, bool is_on_time, size_t starts, bool after_step) {
    switch (policy) {
        case MisfirePolicy::skip:
            return is_on_time ? 1 : 0;
        case MisfirePolicy::latest:
            return 1;
        case MisfirePolicy::all:
            break;
    }
    return after_step ? 1 : std::min(starts, catch_up_runs_max);
}

void tell_missed(std::span<const WallTime> starts, bool is_lower_bound, DueStarts& due) {
    if (starts.size() <= missed_records_max && !is_lower_bound) {
        for (const auto instant : starts) {
            due.missed.push_back({.instant = instant});
        }
    } else if (!starts.empty()) {
        due.missed.push_back({.instant = starts.back(), .count = starts.size(), .is_lower_bound = is_lower_bound});
    }
}
}  // namespace

DueStarts due_starts(const Schedule& schedule, MisfirePolicy policy, WallTime considered, WallTime now,
                     bool after_step) {
    DueStarts due;
    due.considered = considered;
    std::vector<WallTime> starts;
    for (auto next = next_after(schedule, considered); next <= now && starts.size() < starts_counted_max;
         next = next_after(schedule, next)) {
        starts.push_back(next);
    }
    if (starts.empty()) {
        return due;
    }
    const bool is_lower_bound = next_after(schedule, starts.back()) <= now;
    if (is_lower_bound) {
        starts.push_back(last_at_or_before(schedule, now).value_or(starts.back()));
    }
    due.considered = starts.back();
    const bool is_on_time = now - starts.back() <= on_time_grace;
    const size_t runs = runs_of(policy, is_on_time, starts.size(), after_step);
    // Behind a gap of uncounted starts only the very last one is known to be next in line.
    const size_t kept = is_lower_bound ? std::min<size_t>(runs, 1) : runs;
    const std::span<const WallTime> all(starts);
    tell_missed(all.first(all.size() - kept), is_lower_bound, due);
    due.run.assign(all.end() - static_cast<std::ptrdiff_t>(kept), all.end());
    return due;
}

std::string cursor_key(std::string_view plan, const AgentId& agent) {
    return keys::KeyWriter().text(plan).text(agent.value).take();
}

Result<CursorOwner> read_cursor_key(std::string_view key) {
    keys::KeyReader reader(key);
    CursorOwner owner{.plan = reader.text(), .agent = AgentId{reader.text()}};
    if (!reader.is_ok() || !reader.is_done()) {
        return fail(ErrorCode::corrupt, "the key of a schedule's cursor is damaged");
    }
    return owner;
}

std::string encode_cursor(const ScheduleCursor& cursor) {
    return keys::KeyWriter().u8(cursor_row_version).i64(unix_ms(cursor.considered)).bytes(cursor.schedule_text).take();
}

Result<ScheduleCursor> decode_cursor(std::string_view bytes) {
    keys::KeyReader reader(bytes);
    if (const auto version = reader.u8(); version != cursor_row_version) {
        return fail(ErrorCode::unsupported, "a schedule's cursor is of version {}; this controller reads {}", version,
                    cursor_row_version);
    }
    ScheduleCursor cursor{.considered = wall_from_unix_ms(reader.i64()), .schedule_text = reader.bytes()};
    if (!reader.is_ok() || !reader.is_done()) {
        return fail(ErrorCode::corrupt, "a schedule's cursor is damaged");
    }
    return cursor;
}

milliseconds ClockWatch::step(MonoTime mono, WallTime wall) {
    const auto before = std::exchange(last_, std::pair(mono, wall));
    if (!before) {
        return 0ms;
    }
    const auto passed = std::chrono::duration_cast<milliseconds>(mono - before->first);
    const auto moved = (wall - before->second) - passed;
    return std::chrono::abs(moved) < step_min ? 0ms : moved;
}

}  // namespace vigie::controller
