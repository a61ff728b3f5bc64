// /proc/diskstats.
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

constexpr size_t disk_fields_max = 17;  // Linux 5.5: 11 of old, 4 of discards (4.18), 2 of flushes

struct DiskReading {
    std::string_view major, minor;
    std::string_view device;  // a view of the text
    std::array<uint64_t, disk_fields_max> fields{};
    size_t fields_count = 0;
};
// Devices that node_exporter leaves out by default are left out (ram, loop, fd, partitions of disks), and those of the
// patterns.
Result<std::vector<DiskReading>> parse_diskstats(std::string_view text, std::span<const std::string> exclude = {});
bool is_excluded_disk(std::string_view device);

void emit(const std::vector<DiskReading>& disks, SeriesWriter& out);

}  // namespace vigie::agent
