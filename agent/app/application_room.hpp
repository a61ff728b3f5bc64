// Whether a reading has room for applications' series while the controller is away.
#pragma once
#include "agent/outbox/outbox.hpp"

namespace vigie::agent {

// So many readings in a row that were not acked are an outage; fewer are on their way.
constexpr uint64_t outage_readings_min = 6;

// False when half of the outbox is full and the controller does not take what is there: the other half is for the
// host's own series, of which it holds several times as many readings. `outbox_max` is of its file, of which three
// quarters are for entries.
bool has_room_for_applications(const Outbox& outbox, Bytes outbox_max);

}  // namespace vigie::agent
