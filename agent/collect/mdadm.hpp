// /proc/mdstat: software RAID.
#pragma once
#include <string_view>
#include <vector>

#include "agent/series/series_writer.hpp"
#include "shared/core/error.hpp"

namespace vigie::agent {

struct MdReading {
    std::string_view device;  // "md0"; a view of the text
    std::string_view state;   // active, inactive, recovering, resync, check
    double disks_active = 0, disks_failed = 0, disks_spare = 0, disks_required = 0;
    double blocks = 0;
    double blocks_synced = 0;  // all of them when nothing is under way
};
Result<std::vector<MdReading>> parse_mdstat(std::string_view text);
void emit(const std::vector<MdReading>& devices, SeriesWriter& out);

}  // namespace vigie::agent
