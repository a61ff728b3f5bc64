#include "controller/link/replay_credit.hpp"

namespace vigie::controller {

void ReplayCredit::ask(const AgentId& agent, protocol::Stream stream) {
    leave(agent, stream);
    const auto number = next_number_++;
    standing_[{agent, stream}] = number;
    lines_.at(static_cast<size_t>(stream)).emplace(number, agent);
}

void ReplayCredit::leave(const AgentId& agent, protocol::Stream stream) {
    turns_.erase({agent, stream});
    if (const auto standing = standing_.find({agent, stream}); standing != standing_.end()) {
        lines_.at(static_cast<size_t>(stream)).erase(standing->second);
        standing_.erase(standing);
    }
}

void ReplayCredit::leave(const AgentId& agent) {
    for (size_t stream = 0; stream < lines_.size(); ++stream) {
        leave(agent, static_cast<protocol::Stream>(stream));
    }
}

bool ReplayCredit::use(const AgentId& agent, protocol::Stream stream, uint64_t bytes) {
    const auto turn = turns_.find({agent, stream});
    if (turn == turns_.end()) {
        return false;
    }
    turn->second.bytes += bytes;
    if (turn->second.bytes < limits_.turn_bytes_max.count) {
        return false;
    }
    ask(agent, stream);
    return true;
}

std::vector<ReplayCredit::Place> ReplayCredit::expire(MonoTime now) {
    std::vector<Place> ended;
    for (const auto& [place, turn] : turns_) {
        if (now - turn.began >= limits_.turn_time_max) {
            ended.push_back(place);
        }
    }
    for (const auto& [agent, stream] : ended) {
        ask(agent, stream);
    }
    return ended;
}

std::vector<ReplayCredit::Place> ReplayCredit::begin_turns(MonoTime now) {
    std::vector<Place> begun;
    for (size_t stream = 0; stream < lines_.size(); ++stream) {
        auto& line = lines_.at(stream);
        while (!line.empty() && turns_.size() < turns_max()) {
            const Place place{std::move(line.begin()->second), static_cast<protocol::Stream>(stream)};
            line.erase(line.begin());
            standing_.erase(place);
            turns_.emplace(place, Turn{.began = now, .bytes = 0});
            begun.push_back(place);
        }
    }
    return begun;
}

}  // namespace vigie::controller
