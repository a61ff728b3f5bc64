// Who speaks for the fleet when this controller is silent: see docs/decisions/0024.
#include "controller/link/hub_peer.hpp"

namespace vigie::controller {
namespace {

// What hosts of one rack or site have in common, as far as an address tells.
std::string_view network_of(std::string_view address) {
    return address.substr(0, address.find_last_of(".:") + 1);
}

}  // namespace

bool Hub::is_late(const Peer& peer, const protocol::Moment& moment) const {
    return moment.mono - peer.session.heard_at() >= settings_.heartbeat_interval * 2;
}

bool Hub::can_page(const Peer& peer) {
    return peer.has_deadman && peer.session.is_established() && !peer.is_closed_told;
}

// From a network that has no deputy yet, if there is one; of several the first by name.
const Hub::Peer* Hub::next_deputy(const protocol::Moment& moment) const {
    const Peer* best = nullptr;
    bool is_best_near = false;
    for (const auto& [agent, peer] : peers_) {
        if (!can_page(*peer) || is_late(*peer, moment) ||
            std::find(deputies_.begin(), deputies_.end(), agent) != deputies_.end()) {
            continue;
        }
        const auto network = network_of(peer->address);
        const bool is_near = std::any_of(deputies_.begin(), deputies_.end(), [&](const AgentId& other) {
            return network_of(peers_.at(other)->address) == network;
        });
        const bool is_better = best == nullptr || (is_best_near && !is_near) ||
                               (is_best_near == is_near && agent.value < best->session.agent().value);
        if (is_better) {
            best = peer.get();
            is_best_near = is_near;
        }
    }
    return best;
}

// A deputy keeps its place while it is heard; those behind one that is gone move up. They hear of it with their next
// PONG. One that is late gives its place up at once: were the controller to die now, its word would not come. But when
// nobody is heard, it is this controller that stood still, which it may soon do for good: all keep their places.
void Hub::choose_deputies(const protocol::Moment& moment) {
    const auto is_heard = [&](const auto& each) {
        return each.second->session.is_established() && !is_late(*each.second, moment);
    };
    const bool is_anybody_heard = std::any_of(peers_.begin(), peers_.end(), is_heard);
    bool is_changed = std::erase_if(deputies_, [&](const AgentId& agent) {
        auto* peer = known(agent);
        const bool is_out =
            peer == nullptr || !peer->is_appointed || !can_page(*peer) || (is_anybody_heard && is_late(*peer, moment));
        if (is_out && peer != nullptr) {
            peer->session.appoint(0, 0);
        }
        return is_out;
    });
    while (deputies_.size() < deputies_max) {
        const auto* next = next_deputy(moment);
        if (next == nullptr) {
            break;
        }
        deputies_.push_back(next->session.agent());
        is_changed = true;
    }
    for (size_t i = 0; i < deputies_.size() && is_changed; ++i) {
        auto* peer = known(deputies_[i]);
        peer->is_appointed = true;
        peer->session.appoint(static_cast<uint8_t>(i + 1), moment.random);
    }
}

}  // namespace vigie::controller
