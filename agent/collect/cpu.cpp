// CPU time.
#include "agent/collect/cpu.hpp"

#include <algorithm>
#include <charconv>

#include "agent/series/text.hpp"

namespace vigie::agent {
namespace {

Result<CpuTimes> parse_cpu(std::string_view name, std::string_view fields) {
    const auto number = number_in<uint32_t>(name.substr(3));
    if (!number) {
        return fail(ErrorCode::malformed, "stat: bad CPU name '{}'", name.substr(0, 32));
    }
    CpuTimes times{.cpu = *number};
    for (auto& ticks : times.ticks) {
        const auto field = next_field(fields);
        if (field.empty()) {
            break;
        }
        const auto count = number_in<uint64_t>(field);
        if (!count) {
            return fail(ErrorCode::malformed, "stat: {}: bad number '{}'", name, field.substr(0, 32));
        }
        ticks = *count;
    }
    return times;
}

double seconds_of(const CpuTimes& times, CpuMode mode) {
    return static_cast<double>(times.ticks[static_cast<size_t>(mode)]) / cpu_ticks_per_second;
}

constexpr std::array mode_names{"user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"};

}  // namespace

Result<StatReading> parse_stat(std::string_view text) {
    StatReading reading;
    while (!text.empty()) {
        auto line = next_line(text);
        const auto name = next_field(line);
        if (name.starts_with("cpu") && name.size() > 3) {
            VIGIE_TRY(const auto times, parse_cpu(name, line));
            reading.cpus.push_back(times);
        } else if (name == "intr") {
            reading.interrupts = number_in<uint64_t>(next_field(line));
        } else if (name == "ctxt") {
            reading.context_switches = number_in<uint64_t>(next_field(line));
        } else if (name == "btime") {
            reading.boot_unix_seconds = number_in<uint64_t>(next_field(line));
        } else if (name == "processes") {
            reading.forks = number_in<uint64_t>(next_field(line));
        } else if (name == "procs_running") {
            reading.procs_running = number_in<uint64_t>(next_field(line));
        } else if (name == "procs_blocked") {
            reading.procs_blocked = number_in<uint64_t>(next_field(line));
        }
    }
    if (reading.cpus.empty()) {
        return fail(ErrorCode::malformed, "stat: no CPU");
    }
    return reading;
}

void CpuCounters::update(const std::vector<CpuTimes>& now) {
    std::vector<CpuTimes> next = now;
    for (auto& times : next) {
        const auto before =
            std::find_if(cpus_.begin(), cpus_.end(), [&](const auto& one) { return one.cpu == times.cpu; });
        const auto idle = static_cast<size_t>(CpuMode::idle);
        if (before == cpus_.end() || before->ticks[idle] >= times.ticks[idle] + cpu_reset_ticks) {
            continue;
        }
        for (size_t mode = 0; mode < cpu_modes_count; ++mode) {
            times.ticks[mode] = std::max(times.ticks[mode], before->ticks[mode]);
        }
    }
    cpus_ = std::move(next);
}

void emit(const CpuCounters& counters, SeriesWriter& out) {
    for (const auto& times : counters.cpus()) {
        std::array<char, 12> digits{};
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), times.cpu).ptr;
        const std::string_view cpu(digits.data(), static_cast<size_t>(end - digits.data()));
        for (size_t mode = 0; mode < mode_names.size(); ++mode) {
            out.add("node_cpu_seconds_total", {{"cpu", cpu}, {"mode", mode_names[mode]}},
                    seconds_of(times, static_cast<CpuMode>(mode)));
        }
        out.add("node_cpu_guest_seconds_total", {{"cpu", cpu}, {"mode", "user"}}, seconds_of(times, CpuMode::guest));
        out.add("node_cpu_guest_seconds_total", {{"cpu", cpu}, {"mode", "nice"}},
                seconds_of(times, CpuMode::guest_nice));
    }
}

void emit(const StatReading& reading, SeriesWriter& out) {
    const auto add = [&](const char* name, const std::optional<uint64_t>& value) {
        if (value) {
            out.add(name, static_cast<double>(*value));
        }
    };
    add("node_intr_total", reading.interrupts);
    add("node_context_switches_total", reading.context_switches);
    add("node_forks_total", reading.forks);
    add("node_boot_time_seconds", reading.boot_unix_seconds);
    add("node_procs_running", reading.procs_running);
    add("node_procs_blocked", reading.procs_blocked);
}

}  // namespace vigie::agent
