// The table of mounts, and which of them are worth a series.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "shared/core/error.hpp"

namespace vigie::agent {

struct Mount {
    std::string device;
    std::string mountpoint;
    std::string fstype;
    bool is_readonly = false;
    bool operator==(const Mount&) const = default;
};

// /proc/…/mounts without what node_exporter excludes by default (pseudo file systems; /dev, /proc, /run, /sys, /mnt,
// /media and containers' folders). The same device at the same place twice is one mount, with the options of the last,
// which is the one on top.
Result<std::vector<Mount>> parse_mounts(std::string_view text);
bool is_excluded_mountpoint(std::string_view mountpoint);
bool is_excluded_fstype(std::string_view fstype);

}  // namespace vigie::agent
