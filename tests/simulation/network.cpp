// Frames on their way.
#include "tests/simulation/network.hpp"

namespace vigie::simulation {

uint64_t Network::connect(size_t host) {
    if (is_cut(Way::to_controller, host) || is_cut(Way::to_agent, host)) {
        return 0;
    }
    connections_[++opened_].host = host;
    return opened_;
}

void Network::lose(uint64_t connection) {
    const auto found = connections_.find(connection);
    if (found == connections_.end()) {
        return;
    }
    const auto host = found->second.host;
    connections_.erase(found);
    world_.after(milliseconds(world_.below(100)), [this, host, connection] { lose_(host, connection); });
}

void Network::lose_all() {
    while (!connections_.empty()) {
        lose(connections_.begin()->first);
    }
}

bool Network::is_cut(Way way, size_t host) const {
    return world_.is_faulty() && world_.now() < cut_until_.at(host).at(static_cast<size_t>(way));
}

void Network::cut(size_t host, milliseconds time) {
    const auto ways = world_.below(3);  // both, or one
    for (size_t way = 0; way < 2; ++way) {
        if (ways != way) {
            cut_until_.at(host).at(way) = world_.now() + time;
        }
    }
}

void Network::send(Way way, uint64_t connection, const protocol::Frames& frames) {
    const auto found = connections_.find(connection);
    if (found == connections_.end() || is_cut(way, found->second.host) || world_.has_fault(world_.faults.loss)) {
        return;
    }
    const int copies = world_.has_fault(world_.faults.repetition) ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
        deliver(way, connection, found->second, frames);
    }
}

void Network::deliver(Way way, uint64_t id, Connection& connection, const protocol::Frames& frames) {
    const auto longest = world_.is_faulty() ? static_cast<uint64_t>(world_.faults.delay_max.count()) : 2;
    auto arrival = world_.now() + milliseconds(1 + world_.below(longest));
    if (world_.faults.is_ordered || !world_.is_faulty()) {
        auto& last = connection.last_arrival.at(static_cast<size_t>(way));
        arrival = last = std::max(arrival, last);
    }
    const bool outlives_connection = way == Way::to_controller && world_.below(2) == 0;
    world_.after(std::chrono::duration_cast<milliseconds>(arrival - world_.now()),
                 [this, way, id, host = connection.host, frames, outlives_connection, generation = generation_] {
                     if (generation == generation_ && (outlives_connection || connections_.contains(id))) {
                         ++delivered_;
                         receive_.at(static_cast<size_t>(way))(host, id, frames);
                     }
                 });
}

}  // namespace vigie::simulation
