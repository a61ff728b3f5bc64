// A check's state as series: vigie_check_… for every kind, blackbox_exporter's probe_… where our own probes give them,
// and a plugin's perfdata as vigie_check_perfdata.
#pragma once
#include "agent/checks/check_state.hpp"
#include "agent/series/series_writer.hpp"

namespace vigie::agent {

// emit_state() and emit_values() add nothing before the first result. The state is what an alert needs, so it is added
// of all checks before any of their values.
void emit_state(const Check& check, const CheckState& state, milliseconds duration, WallTime last_run_at,
                SeriesWriter& out);
// How much later than due the last run began, or how long the next one has been due: also before the first result,
// since a check that never comes to run has none.
void emit_lateness(const Check& check, milliseconds late, SeriesWriter& out);
void emit_values(const Check& check, const std::vector<PerfValue>& values, SeriesWriter& out);

// Of all checks together. An entry of the outbox has at most 1 MiB, and the host's own series need some of it; a
// hundred checks with two labels of their own take 150 KiB.
constexpr size_t check_series_bytes_max = 320 * 1024;

// Labels that a check's own must not take.
bool is_taken_label(std::string_view name);

}  // namespace vigie::agent
