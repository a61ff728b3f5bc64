// fuzz: vigie_agent_statsd
// What applications send. Whatever comes, the series that are made of it can be read again, each under the key that it
// has, and what is counted never goes back.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/series/prometheus_text.hpp"
#include "agent/statsd/statsd_registry.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace vigie::agent;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    StatsdRegistry registry({.series_max = 50, .ttl = vigie::milliseconds{10}, .quantiles = {0.5, 1}});
    StatsdReader reader(registry);
    std::map<std::string, double> before;
    for (int tick = 1; tick <= 3; ++tick) {
        const vigie::MonoTime now{vigie::milliseconds{20 * tick}};
        registry.set_now(now);
        reader.read(text);
        registry.begin_collection(now);
        std::map<std::string, double> series;
        const auto check = [&](std::string_view key, double value) {
            ParsedSample again;
            std::string written;
            const auto line = std::string(key) + " 1";
            const auto read = parse_text_line(line, {.may_have_blanks = true, .may_escape_any = false}, again);
            append_key(written, again.name, again.labels);
            if (!read || written != key || (key.starts_with("vigie_") && value < before[std::string(key)])) {
                __builtin_trap();
            }
            series[std::string(key)] = value;
        };
        registry.add_series(check);
        registry.add_own_series(check);
        before = std::move(series);
    }
    return 0;
}
