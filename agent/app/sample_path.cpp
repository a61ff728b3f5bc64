// Calls the stops; each returns its result, none calls the next.
#include "agent/app/sample_path.hpp"

#include "protocol/codec/codec.hpp"

namespace vigie::agent {

Result<uint64_t> send_one_reading(const TakeCollection& take, Outbox& outbox,
                                  const std::function<void(protocol::Stream)>& hand_to_link) {
    // 1 agent/collect/meminfo and its neighbours: text of a kernel file -> a reading
    // 2 agent/collect: readings -> one batch of samples; agent/apps: what applications sent, behind them
    auto collection = take();

    // 3 protocol/codec: batch -> the entry's bytes
    const auto bytes = protocol::encode_entry(protocol::Entry{std::move(collection.batch)});

    // 4 agent/outbox: bytes -> a number, kept until acknowledged. A power cut may take the newest readings; nothing
    // that the controller has seen.
    VIGIE_TRY(const auto seq, outbox.append(protocol::Stream::metrics, bytes, Durability::relaxed));

    // 5 agent/link: on the wire when a session is up
    hand_to_link(protocol::Stream::metrics);
    return seq;
}

}  // namespace vigie::agent
