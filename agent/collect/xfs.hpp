// /sys/fs/xfs/<device>/stats/stats: XFS's counters of each file system.
#pragma once
#include <memory>
#include <string_view>
#include <vector>

#include "agent/collect/context.hpp"

namespace vigie::agent {

struct XfsCounter {
    const char* series;
    double value = 0;
};
// Lines "extent_alloc 1 0 97 9"; the ones it does not know are passed over, a known one that is short is an error.
Result<std::vector<XfsCounter>> parse_xfs(std::string_view text);

std::unique_ptr<Collector> make_xfs(const CollectContext& context);

}  // namespace vigie::agent
