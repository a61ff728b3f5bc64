// /proc/stat: time of each CPU by mode, and the kernel's counts.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "agent/series/series_writer.hpp"
#include "shared/core/error.hpp"

namespace vigie::agent {

// In the order of /proc/stat's columns.
enum class CpuMode : uint8_t { user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice };
constexpr size_t cpu_modes_count = 10;
using CpuTicks = std::array<uint64_t, cpu_modes_count>;

struct CpuTimes {
    uint32_t cpu = 0;  // the kernel's number; offline ones are missing
    CpuTicks ticks{};  // of 1/USER_HZ second, which is 1/100 s on every Linux that Debian runs on
    bool operator==(const CpuTimes&) const = default;
};
constexpr double cpu_ticks_per_second = 100;

struct StatReading {
    std::vector<CpuTimes> cpus;
    std::optional<uint64_t> interrupts, context_switches, forks, boot_unix_seconds, procs_running, procs_blocked;
};
// Lines it does not know are passed over; columns that an old kernel lacks are 0.
Result<StatReading> parse_stat(std::string_view text);

// Makes the kernel's counters monotonic. They step back a little when CPUs share their accounting (iowait, idle), and
// fall when a CPU is taken out and put in again: an idle counter that falls by three seconds or more is such a reset,
// of that CPU only.
class CpuCounters {
  public:
    void update(const std::vector<CpuTimes>& now);
    const std::vector<CpuTimes>& cpus() const { return cpus_; }

  private:
    std::vector<CpuTimes> cpus_;
};
constexpr uint64_t cpu_reset_ticks = 300;

void emit(const CpuCounters& counters, SeriesWriter& out);
void emit(const StatReading& reading, SeriesWriter& out);

}  // namespace vigie::agent
