// All collectors there are, under node_exporter's names, in the order in which they run.
#pragma once
#include <memory>
#include <span>

#include "agent/collect/context.hpp"

namespace vigie::agent {

struct CollectorKind {
    const char* name;
    std::unique_ptr<Collector> (*make)(const CollectContext& context);
    bool is_default = true;
};
// textfile is the last: it must not repeat a series of another one.
std::span<const CollectorKind> collector_kinds();

}  // namespace vigie::agent
