// /sys/class/dmi/id: what the firmware says of the machine. Read once: it does not change until the next start.
#pragma once
#include <memory>

#include "agent/collect/context.hpp"

namespace vigie::agent {

// Serial numbers and the UUID only where the agent may read them. not_found on machines without DMI.
std::unique_ptr<Collector> make_dmi(const CollectContext& context);

}  // namespace vigie::agent
