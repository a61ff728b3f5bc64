// Names, labels and values.
#include "agent/checks/check_series.hpp"

#include <algorithm>

#include "agent/series/text.hpp"

namespace vigie::agent {
namespace {

constexpr std::string_view probe_prefix = "probe_";

class CheckWriter {
  public:
    CheckWriter(const Check& check, SeriesWriter& out) : out_(out) {
        for (const auto& [name, value] : check.labels) {
            labels_.push_back({name, value});
        }
        labels_.push_back({"category", check.category});
        labels_.push_back({"check", check.name});
        labels_.push_back({"kind", check.kind});
    }
    void add(std::string_view name, double value, std::initializer_list<SeriesLabel> more = {}) {
        auto labels = labels_;
        labels.insert(labels.end(), more);
        std::sort(labels.begin(), labels.end(),
                  [](const SeriesLabel& a, const SeriesLabel& b) { return a.name < b.name; });
        out_.add(SeriesName(name), labels, value);
    }

  private:
    std::vector<SeriesLabel> labels_;
    SeriesWriter& out_;
};

double unix_seconds(WallTime at) {
    return static_cast<double>(unix_ms(at)) / 1000;
}

// "probe_http_duration_seconds/phase/connect" is the series of that name with phase="connect".
void add_probe_value(const PerfValue& value, CheckWriter& out) {
    std::string_view rest = value.label;
    const auto name = cut(rest, '/');
    const auto label = cut(rest, '/');
    if (label.empty()) {
        out.add(name, value.value);
    } else {
        out.add(name, value.value, {{label, rest}});
    }
}

}  // namespace

bool is_taken_label(std::string_view name) {
    static constexpr std::array<std::string_view, 9> taken{"category", "check", "instance", "job",     "kind",
                                                           "label",    "phase", "unit",     "__name__"};
    return std::find(taken.begin(), taken.end(), name) != taken.end();
}

void emit_state(const Check& check, const CheckState& state, milliseconds duration, WallTime last_run_at,
                SeriesWriter& out) {
    if (!state.has_result) {
        return;
    }
    CheckWriter writer(check, out);
    writer.add("vigie_check_status", static_cast<double>(state.status));
    writer.add("vigie_check_hard_status", static_cast<double>(state.hard_status));
    writer.add("vigie_check_state_hard", state.is_hard ? 1 : 0);
    writer.add("vigie_check_attempt", static_cast<double>(state.attempt));
    writer.add("vigie_check_max_attempts", static_cast<double>(check.max_attempts));
    writer.add("vigie_check_duration_seconds", std::chrono::duration<double>(duration).count());
    writer.add("vigie_check_since_timestamp_seconds", unix_seconds(state.since));
    writer.add("vigie_check_last_run_timestamp_seconds", unix_seconds(last_run_at));
}

void emit_lateness(const Check& check, milliseconds late, SeriesWriter& out) {
    CheckWriter(check, out).add("vigie_check_late_seconds", std::chrono::duration<double>(late).count());
}

void emit_values(const Check& check, const std::vector<PerfValue>& values, SeriesWriter& out) {
    CheckWriter writer(check, out);
    // A plugin of somebody else must not make series of any name.
    const bool is_ours = check.kind != "command";
    for (const auto& value : values) {
        if (is_ours && value.label.starts_with(probe_prefix)) {
            add_probe_value(value, writer);
        } else if (value.unit.empty()) {  // an empty label is none
            writer.add("vigie_check_perfdata", value.value, {{"label", value.label}});
        } else {
            writer.add("vigie_check_perfdata", value.value, {{"label", value.label}, {"unit", value.unit}});
        }
    }
}

}  // namespace vigie::agent
