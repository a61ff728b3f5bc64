// Scheduler.
#include "agent/collect/schedstat.hpp"

#include "agent/series/text.hpp"

namespace vigie::agent {

Result<std::vector<SchedstatReading>> parse_schedstat(std::string_view text) {
    std::vector<SchedstatReading> cpus;
    while (!text.empty()) {
        auto line = next_line(text);
        const auto name = next_field(line);
        if (!name.starts_with("cpu") || !is_digits(name.substr(3))) {
            continue;
        }
        for (int passed = 0; passed < 6; ++passed) {  // see Documentation/scheduler/sched-stats.rst
            next_field(line);
        }
        const auto running = number_in<uint64_t>(next_field(line));
        const auto waiting = number_in<uint64_t>(next_field(line));
        const auto timeslices = number_in<uint64_t>(next_field(line));
        if (!running || !waiting || !timeslices) {
            return fail(ErrorCode::malformed, "schedstat: {}: not nine numbers", name);
        }
        cpus.push_back({name.substr(3), *running, *waiting, *timeslices});
    }
    return cpus;
}

void emit(const std::vector<SchedstatReading>& cpus, SeriesWriter& out) {
    constexpr double nanoseconds = 1e9;
    for (const auto& one : cpus) {
        out.add("node_schedstat_running_seconds_total", {{"cpu", one.cpu}},
                static_cast<double>(one.running_ns) / nanoseconds);
        out.add("node_schedstat_waiting_seconds_total", {{"cpu", one.cpu}},
                static_cast<double>(one.waiting_ns) / nanoseconds);
        out.add("node_schedstat_timeslices_total", {{"cpu", one.cpu}}, static_cast<double>(one.timeslices));
    }
}

}  // namespace vigie::agent
