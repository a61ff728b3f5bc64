// The agent's part of a sample's life (docs/design/life-of-a-sample.md), stops 1 to 5 from top to bottom.
#pragma once
#include <functional>

#include "agent/collect/collector.hpp"
#include "agent/outbox/outbox.hpp"

namespace vigie::agent {

// Reads the host once and puts the batch into the outbox; gives its number. `add_applications` writes their series
// behind the host's, or is empty. `hand_to_link` is told that the stream has more to send. Errors are the outbox's: the
// reading is lost then, its number shows as a gap.
Result<uint64_t> send_one_reading(CollectorSet& collectors, const std::function<void(SeriesWriter&)>& add_applications,
                                  Outbox& outbox, WallTime now,
                                  const std::function<void(protocol::Stream)>& hand_to_link);

}  // namespace vigie::agent
