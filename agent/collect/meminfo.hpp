// /proc/meminfo, and the ZFS cache that the kernel does not count as available.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/series/series_writer.hpp"
#include "shared/core/error.hpp"

namespace vigie::agent {

struct MemoryField {
    std::string name;  // as in a series: "Active_anon" for "Active(anon)"
    double value = 0;
    bool is_bytes = false;  // else a count, such as HugePages_Total
};
struct MemoryReading {
    std::vector<MemoryField> fields;
    uint64_t total_bytes = 0;
    uint64_t available_bytes = 0;
};
// The kernel writes "kB" and means 1024 bytes. A line that is not "name: number" is an error.
Result<MemoryReading> parse_meminfo(std::string_view text);

struct ArcReading {
    uint64_t size_bytes = 0;
    uint64_t size_min_bytes = 0;
};
// /proc/spl/kstat/zfs/arcstats.
Result<ArcReading> parse_arcstats(std::string_view text);

// What programs can get: MemAvailable, and what ZFS's cache holds above its minimum.
uint64_t available_bytes(const MemoryReading& memory, const std::optional<ArcReading>& arc);

void emit(const MemoryReading& reading, SeriesWriter& out);

}  // namespace vigie::agent
