// fuzz: vigie_controller_query
// Any expression over a few series, under limits: an answer whose samples lie at the times asked for, or an error.
#include <bit>
#include <cmath>
#include <cstdint>

#include "controller/query/engine.hpp"
#include "controller/query/memory_source.hpp"

namespace {

namespace query = vigie::controller::query;
constexpr int64_t start_ms = 1'700'000'000'000;
constexpr int samples = 40;

// Counters with a reset, gauges, buckets, stale markers, NaN and infinity.
query::MemorySource make_source() {
    query::MemorySource source;
    std::vector<int64_t> times;
    std::vector<double> rising;
    std::vector<double> hard;
    for (int i = 0; i < samples; ++i) {
        times.push_back(start_ms + i * 10'000);
        rising.push_back((i % 25) * 1.5);
        hard.push_back(i % 7 == 3   ? std::bit_cast<double>(query::stale_bits)
                       : i % 7 == 4 ? std::nan("")
                       : i % 7 == 5 ? -HUGE_VAL
                                    : i - 20.5);
    }
    for (const auto* instance : {"1", "2"}) {
        for (const auto* code : {"200", "500"}) {
            source.add({{"__name__", "requests_total"}, {"code", code}, {"instance", instance}, {"job", "web"}}, times,
                       rising);
        }
        for (const auto* le : {"0.1", "1", "+Inf", "bad"}) {
            source.add({{"__name__", "latency_bucket"}, {"instance", instance}, {"le", le}}, times, rising);
        }
        source.add({{"__name__", "up"}, {"instance", instance}, {"job", "web"}}, times, hard);
    }
    source.add({{"__name__", "once"}}, {start_ms + 100'000}, {42});
    return source;
}

void check(const vigie::Result<query::Value>& value) {
    if (!value) {
        return;
    }
    for (const auto& series : value->series) {
        for (const auto& sample : series.samples) {
            // What stands for "no value" inside never comes out.
            if (std::bit_cast<uint64_t>(sample.value) == query::stale_bits) {
                __builtin_trap();
            }
        }
        if (series.samples.empty()) {
            __builtin_trap();
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
    static query::MemorySource source = make_source();
    const auto expression = query::Expression::parse(std::string(reinterpret_cast<const char*>(bytes), size));
    if (!expression) {
        return 0;
    }
    const query::Options options{.limits = {.samples_max = 200'000, .steps_max = 100}};
    const auto from = vigie::wall_from_unix_ms(start_ms + 200'000);
    check(query::evaluate_at(*expression, source, from, options));
    check(query::evaluate_over(*expression, source, from, from + vigie::milliseconds{150'000},
                               vigie::milliseconds{10'000}, options));
    return 0;
}
