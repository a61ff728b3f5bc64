// /sys/class/powercap: energy that the processor's domains used. The kernel lets only root read it since Linux 5.10.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "agent/collect/context.hpp"

namespace vigie::agent {

struct RaplZone {
    std::string name;  // "package" of "package-0"; of any other name the whole, fit for a series
    uint64_t index = 0;
    bool operator==(const RaplZone&) const = default;
};
// Names without a number of their own are counted, so that two "dram" are 0 and 1.
RaplZone number_zone(std::string_view name, std::map<std::string, uint64_t, std::less<>>& used);

std::unique_ptr<Collector> make_rapl(const CollectContext& context);

}  // namespace vigie::agent
