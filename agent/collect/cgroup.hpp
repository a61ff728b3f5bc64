// Control groups, version 2: processor, memory, disk and pressure of each unit and container, under cAdvisor's names
// with the group's path as the label id.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/collect/context.hpp"

namespace vigie::agent {

// Groups below the root down to `depth` that no pattern excludes, parents before children, at most cgroups_max; how
// many more there are is told by vigie_cgroups_left_out.
struct CgroupTree {
    std::vector<std::string> ids;  // "/system.slice/ssh.service"
    uint64_t left_out = 0;
};
CgroupTree list_cgroups(const std::string& root, int64_t depth, std::span<const std::string> exclude);

// About 30 series each: 128 groups are 300 KiB of keys, which leaves room in an entry of 1 MiB.
constexpr size_t cgroups_max = 128;
constexpr int64_t cgroup_depth_max = 8;

// not_found where version 2 is not mounted at fs/cgroup.
std::unique_ptr<Collector> make_cgroup(const CollectContext& context);

}  // namespace vigie::agent
