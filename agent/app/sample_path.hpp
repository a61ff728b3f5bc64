// The agent's part of a sample's life (docs/design/life-of-a-sample.md), stops 1 to 5 from top to bottom.
#pragma once
#include <functional>

#include "agent/collect/collector.hpp"
#include "agent/outbox/outbox.hpp"

namespace vigie::agent {

// The host is read beside the loop (agent/collect/host_reader.hpp).
using TakeCollection = std::function<Collection()>;

// Takes a reading of the host and puts the batch into the outbox; gives its number. `hand_to_link` is told that the
// stream has more to send. Errors are the outbox's: the reading is lost then, its number shows as a gap.
Result<uint64_t> send_one_reading(const TakeCollection& take, Outbox& outbox,
                                  const std::function<void(protocol::Stream)>& hand_to_link);

}  // namespace vigie::agent
