// Throttling is counted by core and by package; each CPU of either shows the same number.
#include <algorithm>

#include "agent/collect/cpu_sysfs.hpp"
#include "agent/series/text.hpp"

namespace vigie::agent {

Result<std::vector<uint64_t>> parse_cpu_list(std::string_view text) {
    std::vector<uint64_t> cpus;
    text = trimmed(text);
    while (!text.empty()) {
        auto last_text = cut(text, ',');
        const auto first_text = cut(last_text, '-');
        const auto first = number_in<uint64_t>(first_text);
        const auto last = last_text.empty() ? first : number_in<uint64_t>(last_text);
        if (!first || !last || *last >= cpus_max || *first > *last) {
            return fail(ErrorCode::malformed, "list of CPUs: bad range '{}'", first_text.substr(0, 32));
        }
        for (auto cpu = *first; cpu <= *last; ++cpu) {
            cpus.push_back(cpu);
        }
    }
    return cpus;
}

CpuTopology::CpuTopology(const CollectContext& context)
    : folder_(context.sys("/devices/system/cpu")), attributes_(context.sources.attributes) {}

void CpuTopology::look() {
    cores_.clear();
    packages_.clear();
    folder_.refresh_if_there("cpu");
    if (const auto isolated = parse_cpu_list(attributes_.text(folder_.fd(), "isolated"))) {
        isolated_ = *isolated;
    }
    for (const auto& name : folder_.names()) {
        const auto cpu = is_digits(std::string_view(name).substr(3)) ? folder_.open(name) : Fd();
        const auto package = cpu ? attributes_.number(cpu.get(), "topology/physical_package_id") : std::nullopt;
        const auto core = cpu ? attributes_.number(cpu.get(), "topology/core_id") : std::nullopt;
        if (!package || !core || *package < 0 || *core < 0) {
            continue;  // -1 where the firmware does not tell
        }
        Throttle one{"", static_cast<uint64_t>(*package), static_cast<uint64_t>(*core)};
        const auto is_same_core = [&](const Throttle& t) { return t.package == one.package && t.core == one.core; };
        const auto is_same_package = [&](const Throttle& t) { return t.package == one.package; };
        if (attributes_.number(cpu.get(), "thermal_throttle/core_throttle_count") &&
            std::none_of(cores_.begin(), cores_.end(), is_same_core)) {
            one.file = name + "/thermal_throttle/core_throttle_count";
            cores_.push_back(one);
        }
        if (attributes_.number(cpu.get(), "thermal_throttle/package_throttle_count") &&
            std::none_of(packages_.begin(), packages_.end(), is_same_package)) {
            one.file = name + "/thermal_throttle/package_throttle_count";
            packages_.push_back(one);
        }
    }
}

void CpuTopology::emit(size_t cpus_now, SeriesWriter& out) {
    if (cpus_now != cpus_looked_at_) {
        look();
        cpus_looked_at_ = cpus_now;
    }
    for (const auto cpu : isolated_) {
        out.add("node_cpu_isolated", {{"cpu", Decimal(cpu).text()}}, 1);
    }
    for (const auto& one : packages_) {
        if (const auto count = attributes_.number(folder_.fd(), one.file.c_str())) {
            out.add("node_cpu_package_throttles_total", {{"package", Decimal(one.package).text()}}, *count);
        }
    }
    for (const auto& one : cores_) {
        if (const auto count = attributes_.number(folder_.fd(), one.file.c_str())) {
            out.add("node_cpu_core_throttles_total",
                    {{"core", Decimal(one.core).text()}, {"package", Decimal(one.package).text()}}, *count);
        }
    }
}

}  // namespace vigie::agent
