// Series of units, all of one name together.
#include "agent/collect/systemd.hpp"

#include <algorithm>

#include "agent/series/text.hpp"

namespace vigie::agent {
namespace {

void emit_states(const UnitReading& unit, SeriesWriter& out) {
    for (size_t state = 0; state < unit_states.size(); ++state) {
        const std::array<SeriesLabel, 3> labels{
            {{"name", unit.name}, {"state", unit_states[state]}, {"type", unit.type}}};
        // An empty label is none.
        out.add("node_systemd_unit_state", std::span(labels).first(unit.type.empty() ? 2 : 3),
                state == unit.state ? 1 : 0);
    }
}

struct UnitSeries {
    const char* name;
    std::optional<double> UnitReading::*value;
};
constexpr std::array<UnitSeries, 8> unit_series{{
    {"node_systemd_service_restart_total", &UnitReading::restarts},
    {"node_systemd_socket_accepted_connections_total", &UnitReading::accepted},
    {"node_systemd_socket_current_connections", &UnitReading::connections},
    {"node_systemd_socket_refused_connections_total", &UnitReading::refused},
    {"node_systemd_timer_last_trigger_seconds", &UnitReading::triggered_seconds},
    {"node_systemd_unit_start_time_seconds", &UnitReading::started_seconds},
    {"node_systemd_unit_tasks_current", &UnitReading::tasks},
    {"node_systemd_unit_tasks_max", &UnitReading::tasks_max},
}};

class SystemdCollector final : public Collector {
  public:
    explicit SystemdCollector(const SystemdSource* source) : Collector("systemd"), source_(source) {}

    Result<void> collect(const Tick&, SeriesWriter& out) override {
        if (source_ == nullptr) {
            return fail(ErrorCode::not_found, "nobody asks systemd");
        }
        const auto& reading = source_->reading();
        if (!reading) {
            return fail(reading.error());
        }
        emit(*reading, out);
        return {};
    }

  private:
    const SystemdSource* source_;
};

}  // namespace

size_t unit_state_of(std::string_view active_state) {
    return static_cast<size_t>(std::find(unit_states.begin(), unit_states.end(), active_state) - unit_states.begin());
}

double systemd_version_of(std::string_view text) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    while (!text.empty()) {
        const auto begin = std::find_if(text.begin(), text.end(), is_digit);
        const auto end = std::find_if_not(begin, text.end(), is_digit);
        if (end - begin >= 3) {
            auto fraction = end;
            if (end != text.end() && *end == '.') {
                fraction = std::find_if_not(end + 1, text.end(), is_digit);
                fraction = fraction == end + 1 ? end : fraction;
            }
            return number_in<double>(std::string_view(begin, fraction)).value_or(0);
        }
        text.remove_prefix(static_cast<size_t>(end - text.begin()));
    }
    return 0;
}

void emit(const SystemdReading& reading, SeriesWriter& out) {
    if (const auto version = systemd_version_of(reading.version); version > 0) {
        out.add("node_systemd_version", {{"version", reading.version}}, version);
    } else {
        out.add("node_systemd_version", 0);
    }
    if (reading.is_running) {
        out.add("node_systemd_system_running", *reading.is_running ? 1 : 0);
    }
    for (const auto& [state, count] : reading.counts) {
        out.add("node_systemd_units", {{"state", state}}, count);
    }
    for (const auto& unit : reading.units) {
        emit_states(unit, out);
    }
    for (const auto& series : unit_series) {
        for (const auto& unit : reading.units) {
            if (const auto value = unit.*series.value) {
                out.add(series.name, {{"name", unit.name}}, *value);
            }
        }
    }
    out.add("vigie_systemd_units_left_out", static_cast<double>(reading.left_out));
}

std::unique_ptr<Collector> make_systemd(const CollectContext& context) {
    return std::make_unique<SystemdCollector>(context.systemd);
}

}  // namespace vigie::agent
