// Shapes: counters of hundredths of seconds and of bytes that grow unevenly, counters that rarely move, loads with two
// decimals, memory in pages, percentages with one decimal, and quotients.
#include "tests/bench/ingest/fleet_samples.hpp"

#include <fmt/format.h>

namespace vigie::bench {

namespace {

using Shape = Kind::Shape;

std::vector<Kind> make_kinds() {
    std::vector<Kind> all;
    const auto add = [&all](const char* metric, const char* label, int count, Shape shape) {
        for (int i = 0; i < count; ++i) {
            all.push_back({metric, label, fmt::format("{}{}", label, i), shape});
        }
    };
    add("node_bench_cpu_seconds_total", "mode", 10, Shape::seconds);
    add("node_bench_network_bytes_total", "device", 15, Shape::bytes_counter);
    add("node_bench_errors_total", "device", 10, Shape::rare_counter);
    add("node_bench_load", "window", 1, Shape::load);
    add("node_bench_pressure", "resource", 9, Shape::load);
    add("node_bench_memory_bytes", "part", 8, Shape::pages);
    add("node_bench_used_percent", "device", 10, Shape::percent);
    add("node_bench_latency_seconds", "device", 7, Shape::mean);
    add("node_bench_limit", "resource", 30, Shape::constant);
    return all;
}

}  // namespace

const std::vector<Kind>& kinds() {
    static const auto all = make_kinds();
    return all;
}

std::string host_name(uint64_t host) {
    return fmt::format("host-{:05}", host);
}

HostSamples::HostSamples(uint64_t host)
    : state_(host * 0x9e3779b97f4a7c15 + 1), values_(kinds().size()), counts_(kinds().size()) {
    for (size_t i = 0; i < counts_.size(); ++i) {
        counts_[i] = random() % 10'000'000;
    }
}

// xorshift64*: the same on every machine.
uint64_t HostSamples::random() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545f4914f6cdd1d;
}

const std::vector<double>& HostSamples::next() {
    const auto walk = [this](uint64_t& count, uint64_t step, uint64_t max) {
        count = (count + max + random() % (2 * step + 1) - step) % max;
        return static_cast<double>(count);
    };
    for (size_t i = 0; i < values_.size(); ++i) {
        auto& count = counts_[i];
        auto& value = values_[i];
        switch (kinds()[i].shape) {
            case Shape::constant:
                value = static_cast<double>(65'536 * (i + 1));
                break;
            case Shape::seconds:
                value = static_cast<double>(count += random() % 400) / 100;
                break;
            case Shape::bytes_counter:
                value = static_cast<double>(count += random() % (uint64_t{1} << (10 + i % 10)));
                break;
            case Shape::rare_counter:
                value = static_cast<double>(count += random() % 64 == 0 ? 1 : 0);
                break;
            case Shape::load:
                value = walk(count, 15, 800) / 100;
                break;
            case Shape::pages:
                value = walk(count, 500, 4'000'000) * 4096;
                break;
            case Shape::percent:
                value = walk(count, 3, 1'000) / 10;
                break;
            case Shape::mean:
                value = walk(count, 50, 100'000) / static_cast<double>(1'000'003 + random() % 1000);
                break;
        }
    }
    return values_;
}

}  // namespace vigie::bench
