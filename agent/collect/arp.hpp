// /proc/net/arp: how many neighbours each interface knows.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/collect/context.hpp"

namespace vigie::agent {

struct ArpReading {
    std::string_view device;  // a view of the text
    uint64_t entries = 0;
};
// In the order in which the devices first stand in the table.
Result<std::vector<ArpReading>> parse_arp(std::string_view text, std::span<const std::string> exclude);
void emit(const std::vector<ArpReading>& devices, SeriesWriter& out);

std::unique_ptr<Collector> make_arp(const CollectContext& context);

}  // namespace vigie::agent
