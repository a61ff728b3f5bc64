// Entries that the sink cannot take are held in order. Above held_bytes_max the stream that brings more loses its
// credit until all is taken, so that the memory is bounded by it and one entry a stream.
#include "controller/link/hub_peer.hpp"

namespace vigie::controller {
namespace {
// A stalled disk of a second at 64 MB/s of reports.
constexpr uint64_t held_bytes_max = 64 << 20;
}  // namespace

void Hub::carry_out(Peer& peer, protocol::Apply&& action) {
    if (!peer.replaying.empty() && replay_.use(action.agent, action.stream, action.entry_bytes.size())) {
        peer.session.grant(action.stream, 0);
    }
    hold_unless_taken(peer, std::move(action));
}
void Hub::carry_out(Peer& peer, protocol::ApplyGap&& action) {
    hold_unless_taken(peer, std::move(action));
}

uint64_t Hub::bytes_of(const Held& item) {
    const auto* const entry = std::get_if<protocol::Apply>(&item);
    const auto* const opening = std::get_if<Opening>(&item);
    return sizeof item + (entry != nullptr ? entry->entry_bytes.size() : 0) +
           (opening != nullptr ? opening->generations.size() * sizeof(protocol::Generation) : 0);
}

void Hub::hold_unless_taken(Peer& peer, Held item) {
    if (held_.empty() && offer(item)) {
        return;
    }
    held_bytes_ += bytes_of(item);
    peer.openings_held += std::holds_alternative<Opening>(item) ? 1 : 0;
    const auto* const entry = std::get_if<protocol::Apply>(&item);
    const auto* const gap = std::get_if<protocol::ApplyGap>(&item);
    const auto stream = entry != nullptr ? std::optional(entry->stream)
                        : gap != nullptr ? std::optional(gap->stream)
                                         : std::nullopt;
    held_.push_back(std::move(item));
    if (stream && held_bytes_ > held_bytes_max) {
        peer.session.grant(*stream, 0);
        peer.is_stopped.at(static_cast<size_t>(*stream)) = true;
    }
}

bool Hub::offer(const Held& item) {
    if (const auto* entry = std::get_if<protocol::Apply>(&item)) {
        return sink_.offer(entry->agent, entry->stream, entry->incarnation, entry->seq, entry->entry_bytes);
    }
    if (const auto* opening = std::get_if<Opening>(&item)) {
        return sink_.offer_generations(opening->agent, opening->generations);
    }
    const auto& gap = std::get<protocol::ApplyGap>(item);
    return sink_.offer_gap(gap.agent, gap.stream, gap.incarnation, gap.first_seq, gap.last_seq, gap.reason);
}

void Hub::offer_held() {
    if (held_.empty()) {
        return;
    }
    while (!held_.empty() && offer(held_.front())) {
        held_bytes_ -= bytes_of(held_.front());
        const auto* const opening = std::get_if<Opening>(&held_.front());
        if (auto* peer = opening != nullptr ? known(opening->agent) : nullptr;
            peer != nullptr && peer->openings_held > 0) {
            --peer->openings_held;  // else it is of before the agent was forgotten
        }
        held_.pop_front();
    }
    if (!held_.empty()) {
        return;
    }
    for (auto& [agent, peer] : peers_) {
        for (size_t stream = 0; stream < peer->is_stopped.size(); ++stream) {
            if (peer->is_stopped.at(stream)) {
                peer->is_stopped.at(stream) = false;
                peer->session.grant(static_cast<protocol::Stream>(stream),
                                    credit_of(*peer, static_cast<protocol::Stream>(stream)));
                touch(*peer);
            }
        }
    }
}

// What the stream may have under way now: nothing while entries are held, its share in its turn to replay a backlog.
uint64_t Hub::credit_of(const Peer& peer, protocol::Stream stream) const {
    if (peer.is_stopped.at(static_cast<size_t>(stream))) {
        return 0;
    }
    const bool is_replaying = std::find(peer.replaying.begin(), peer.replaying.end(), stream) != peer.replaying.end();
    if (!is_replaying) {
        return settings_.credit_bytes_first;
    }
    return replay_.has_turn(peer.session.agent(), stream) ? replay_.share().count : 0;
}

// Streams that have caught up are live from here on.
void Hub::note_replayed(Peer& peer) {
    const auto left = peer.session.replaying();
    for (const auto stream : std::exchange(peer.replaying, left)) {
        if (std::find(left.begin(), left.end(), stream) == left.end()) {
            replay_.leave(peer.session.agent(), stream);
            peer.session.grant(stream, credit_of(peer, stream));
        }
    }
}

void Hub::begin_turns(const protocol::Moment& moment) {
    for (const auto& [agent, stream] : replay_.begin_turns(moment.mono)) {
        if (auto* peer = known(agent)) {
            peer->session.grant(stream, credit_of(*peer, stream));
            touch(*peer);
        }
    }
}

}  // namespace vigie::controller
