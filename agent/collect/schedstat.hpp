// /proc/schedstat: how long each CPU ran tasks, and how long tasks waited for it.
#pragma once
#include <string_view>
#include <vector>

#include "agent/series/series_writer.hpp"
#include "shared/core/error.hpp"

namespace vigie::agent {

struct SchedstatReading {
    std::string_view cpu;  // "0"; a view of the text
    uint64_t running_ns = 0;
    uint64_t waiting_ns = 0;
    uint64_t timeslices = 0;
};
// Lines other than those of CPUs are passed over.
Result<std::vector<SchedstatReading>> parse_schedstat(std::string_view text);
void emit(const std::vector<SchedstatReading>& cpus, SeriesWriter& out);

}  // namespace vigie::agent
