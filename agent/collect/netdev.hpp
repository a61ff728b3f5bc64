// /proc/net/dev.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/series/series_writer.hpp"
#include "shared/core/error.hpp"

namespace vigie::agent {

constexpr size_t netdev_fields_count = 16;

struct NetdevReading {
    std::string_view device;  // a view of the text
    std::array<uint64_t, netdev_fields_count> fields{};
};
// Lines of excluded devices (patterns with *) are not parsed.
Result<std::vector<NetdevReading>> parse_netdev(std::string_view text, std::span<const std::string> exclude);

void emit(const std::vector<NetdevReading>& devices, SeriesWriter& out);

}  // namespace vigie::agent
