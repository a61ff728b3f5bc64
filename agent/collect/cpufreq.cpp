// Frequencies. Kernels before 5.18 let a reader of scaling_cur_freq wait 10 ms for a fresh sample, and some drivers
// take as long for cpuinfo_cur_freq; with many CPUs that would hold the reading up. So a collection reads as many CPUs
// as fit into read_time_max and goes on with the next ones the next time; the others keep their last numbers.
#include <algorithm>

#include "agent/collect/cpu_sysfs.hpp"
#include "agent/series/text.hpp"

namespace vigie::agent {
namespace {

constexpr milliseconds read_time_max{4};
constexpr double kilohertz = 1e3;
constexpr std::array<AttributeSeries, 6> frequencies{{
    {"cpufreq/cpuinfo_cur_freq", "node_cpu_frequency_hertz"},
    {"cpufreq/cpuinfo_min_freq", "node_cpu_frequency_min_hertz"},
    {"cpufreq/cpuinfo_max_freq", "node_cpu_frequency_max_hertz"},
    {"cpufreq/scaling_cur_freq", "node_cpu_scaling_frequency_hertz"},
    {"cpufreq/scaling_min_freq", "node_cpu_scaling_frequency_min_hertz"},
    {"cpufreq/scaling_max_freq", "node_cpu_scaling_frequency_max_hertz"},
}};

struct CpuFrequencies {
    std::string folder;
    std::array<std::optional<double>, frequencies.size()> hertz;
    bool has_any = false;  // a virtual CPU mostly has no frequency to read
};

class CpufreqCollector final : public Collector {
  public:
    explicit CpufreqCollector(const CollectContext& context)
        : Collector("cpufreq"),
          folder_(context.sys("/devices/system/cpu")),
          attributes_(context.sources.attributes),
          clock_(context.clock) {}

    Result<void> collect(const Tick&, SeriesWriter& out) override {
        folder_.refresh_if_there("cpu");
        const auto started = clock_.mono();
        if (!is_known()) {
            look();  // all at once: the series must be there from the first time on
        } else {
            for (size_t i = 0; i < cpus_.size() && clock_.mono() - started < read_time_max; ++i) {
                next_ = (next_ + 1) % cpus_.size();
                if (cpus_[next_].has_any) {
                    read(cpus_[next_]);
                }
            }
        }
        for (const auto& cpu : cpus_) {
            const auto number = std::string_view(cpu.folder).substr(3);
            for (size_t i = 0; i < frequencies.size(); ++i) {
                if (cpu.hertz[i]) {
                    out.add(frequencies[i].series, {{"cpu", number}}, *cpu.hertz[i]);
                }
            }
        }
        return {};
    }

  private:
    static bool is_cpu(std::string_view name) { return is_digits(name.substr(3)); }

    bool is_known() const {
        size_t at = 0;
        for (const auto& name : folder_.names()) {
            if (is_cpu(name) && (at == cpus_.size() || cpus_[at++].folder != name)) {
                return false;
            }
        }
        return at == cpus_.size();
    }

    void look() {
        cpus_.clear();
        next_ = 0;
        for (const auto& name : folder_.names()) {
            if (is_cpu(name)) {
                read(cpus_.emplace_back(CpuFrequencies{name, {}, false}));
            }
        }
    }

    void read(CpuFrequencies& cpu) {
        const auto folder = folder_.open(cpu.folder);
        for (size_t i = 0; i < frequencies.size(); ++i) {
            const auto number = folder ? attributes_.number(folder.get(), frequencies[i].file) : std::nullopt;
            cpu.hertz[i] = number ? std::optional(*number * kilohertz) : std::nullopt;
            cpu.has_any = cpu.has_any || number;
        }
    }

    FolderListing folder_;
    AttributeReader& attributes_;
    Clock& clock_;
    std::vector<CpuFrequencies> cpus_;
    size_t next_ = 0;
};

}  // namespace

std::unique_ptr<Collector> make_cpufreq(const CollectContext& context) {
    return std::make_unique<CpufreqCollector>(context);
}

}  // namespace vigie::agent
