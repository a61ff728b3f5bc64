// /sys/devices/system/cpu: frequencies, thermal throttling, CPUs kept free of the scheduler.
#pragma once
#include <memory>
#include <string_view>
#include <vector>

#include "agent/collect/context.hpp"

namespace vigie::agent {

std::unique_ptr<Collector> make_cpufreq(const CollectContext& context);

// "0-2,5" is 0, 1, 2, 5. Over cpus_max is malformed.
Result<std::vector<uint64_t>> parse_cpu_list(std::string_view text);
constexpr uint64_t cpus_max = 8192;  // CONFIG_NR_CPUS of the largest kernels

// What the cpu collector adds to the times: throttling of cores and packages, isolated CPUs. Which CPU belongs where is
// read again when their number changes.
class CpuTopology {
  public:
    explicit CpuTopology(const CollectContext& context);
    void emit(size_t cpus_now, SeriesWriter& out);

  private:
    struct Throttle {
        std::string file;  // of the first CPU of the core or package
        uint64_t package = 0;
        uint64_t core = 0;
    };
    void look();

    FolderListing folder_;
    AttributeReader& attributes_;
    size_t cpus_looked_at_ = 0;
    std::vector<uint64_t> isolated_;
    std::vector<Throttle> cores_;
    std::vector<Throttle> packages_;
};

}  // namespace vigie::agent
