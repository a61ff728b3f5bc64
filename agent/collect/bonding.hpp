// Bonded interfaces: how many members each has, and how many of them have a link.
#pragma once
#include <memory>

#include "agent/collect/context.hpp"

namespace vigie::agent {

// not_found where the bonding driver is not loaded.
std::unique_ptr<Collector> make_bonding(const CollectContext& context);

}  // namespace vigie::agent
