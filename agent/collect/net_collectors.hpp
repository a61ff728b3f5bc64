// The collectors of /proc/net and of the interfaces, around the parsers of netdev, netclass and net_counters.
#pragma once
#include <memory>

#include "agent/collect/context.hpp"

namespace vigie::agent {

std::unique_ptr<Collector> make_conntrack(const CollectContext& context);
std::unique_ptr<Collector> make_netclass(const CollectContext& context);
std::unique_ptr<Collector> make_netdev(const CollectContext& context);
std::unique_ptr<Collector> make_netstat(const CollectContext& context);
std::unique_ptr<Collector> make_sockstat(const CollectContext& context);

}  // namespace vigie::agent
