// fuzz: vigie_agent_statsd
// What applications send. Whatever comes, the series that are made of it can be read again, each under the key that it
// has, none is the host's, caps hold, and no counter goes back, also when it was idle in between.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>

#include "agent/series/prometheus_text.hpp"
#include "agent/statsd/statsd_registry.hpp"

namespace {

using namespace vigie::agent;

constexpr size_t series_max = 50;

// The metric names that come, as what: which of the series are counted up.
struct Kinds final : StatsdTaker {
    bool begin(const StatsdSeries& series) override {
        static_cast<void>(key.make(series, *this));
        const bool is_timer = series.kind == StatsdKind::timer;
        (series.kind == StatsdKind::counter ? counters : others).insert(key.metric());
        // Negative values of a timer make its sum fall.
        others.insert(is_timer ? key.metric() + "_sum" : "");
        others.insert(is_timer ? key.metric() + "_count" : "");
        return false;
    }
    void take(const StatsdValue&) override {}
    void refuse(StatsdFault) override {}
    bool is_counter(const std::string& metric) const { return counters.contains(metric) && !others.contains(metric); }

    StatsdKey key;
    std::set<std::string> counters;
    std::set<std::string> others;
};

void check_key(std::string_view key) {
    ParsedSample again;
    std::string written;
    const auto line = std::string(key) + " 1";
    const auto read = parse_text_line(line, {.may_have_blanks = true, .may_escape_any = false}, again);
    append_key(written, again.name, again.labels);
    const bool is_hosts = key.starts_with("node_") || key.starts_with("container_") || key.starts_with("vigie_");
    if (!read || written != key || is_hosts) {
        __builtin_trap();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    Kinds kinds;
    StatsdReader(kinds).read(text);
    StatsdRegistry registry({.series_max = series_max, .ttl = vigie::milliseconds{10}, .quantiles = {0.5, 1}});
    StatsdReader reader(registry);
    std::map<std::string, double> highest;
    for (int tick = 1; tick <= 6; ++tick) {
        const vigie::MonoTime now{vigie::milliseconds{20 * tick}};
        registry.set_now(now);
        if (tick % 2 == 1) {  // in between all are idle, and gone
            reader.read(text);
        }
        registry.begin_collection(now);
        size_t count = 0;
        const auto check = [&](std::string_view key, double value) {
            const std::string name(key);
            const bool only_counts = key.starts_with("vigie_") || kinds.is_counter(name.substr(0, name.find('{')));
            auto& last = highest[name];
            if (only_counts && (value < last || !std::isfinite(value))) {
                __builtin_trap();
            }
            last = value;
        };
        registry.add_series([&](std::string_view key, double value) {
            check_key(key);
            check(key, value);
            ++count;
        });
        registry.add_own_series(check);
        if (count > series_max) {
            __builtin_trap();
        }
    }
    return 0;
}
