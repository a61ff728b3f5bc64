// The kernel's clock discipline, by adjtimex(2), and which clock source it runs on.
#pragma once
#include <string_view>

#include "agent/series/series_writer.hpp"
#include "shared/core/error.hpp"
#include "shared/core/time.hpp"

namespace vigie::agent {

Result<void> collect_timex(SeriesWriter& out);
// node_time_seconds and the offset of the host's time zone.
void emit_time(WallTime now, SeriesWriter& out);
// The two files of /sys/devices/system/clocksource/clocksource0.
void emit_clocksources(std::string_view available, SeriesWriter& out);
void emit_current_clocksource(std::string_view current, SeriesWriter& out);

}  // namespace vigie::agent
