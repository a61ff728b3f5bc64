// A bucket of requests for each key. libzmq does not tell when a connection ends, so the table of them is bounded; when
// it is full those that have ended are looked for, and then the one that was quiet for longest makes way.
#include "controller/link/operator_sessions.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace vigie::controller {
namespace {
// What a script asks in one go, such as a page of hosts one by one.
constexpr double burst_seconds = 2;
// So long somebody may go on over the rate: a loop of a shell's that pays no heed to answers is over by then, or it is
// cut.
constexpr double debt_seconds = 5;
}  // namespace

OperatorSessions::Verdict OperatorSessions::take_allowance(const std::string& key, MonoTime now) {
    const auto full = limits_.requests_per_second_max * burst_seconds;
    const auto [found, is_new] = allowances_.try_emplace(key, Allowance{full, now});
    auto& allowance = found->second;
    const auto passed = std::chrono::duration<double>(now - allowance.at).count();
    allowance.requests = std::min(full, allowance.requests + passed * limits_.requests_per_second_max);
    allowance.at = now;
    // Refused requests count too, so that whoever does not slow down is not let in between.
    allowance.requests = std::max(allowance.requests - 1, -debt_seconds * limits_.requests_per_second_max);
    if (allowance.requests >= 0) {
        return Verdict::ask;
    }
    return allowance.requests > -debt_seconds * limits_.requests_per_second_max ? Verdict::slow : Verdict::flood;
}

size_t OperatorSessions::count_of(const std::string& key) const {
    return static_cast<size_t>(std::count_if(sessions_.begin(), sessions_.end(),
                                             [&key](const auto& session) { return session.second.key == key; }));
}

// Of the key, or of all when it is empty: the one that was quiet for longest, and one that waits for an answer only
// when all do. There must be one.
OperatorSessions::Ended OperatorSessions::end_quietest(const std::string& key) {
    auto quietest = sessions_.end();
    const auto rank = [](const Session& session) { return std::pair(session.is_asking, session.heard_at); };
    for (auto session = sessions_.begin(); session != sessions_.end(); ++session) {
        const bool is_candidate = key.empty() || session->second.key == key;
        if (is_candidate && (quietest == sessions_.end() || rank(session->second) < rank(quietest->second))) {
            quietest = session;
        }
    }
    Ended ended{.key = std::move(quietest->second.key), .connection = quietest->second.connection};
    sessions_.erase(quietest);
    return ended;
}

std::vector<OperatorSessions::Ended> OperatorSessions::make_room(const std::string& key) {
    std::vector<Ended> ended;
    const auto is_full = [this] { return sessions_.size() >= limits_.connections_max; };
    const auto is_full_of_key = [this, &key] { return count_of(key) >= limits_.connections_per_key_max; };
    if (is_full() || is_full_of_key()) {
        std::erase_if(sessions_, [this](const auto& session) { return !is_open_(session.second.connection); });
    }
    if (is_full_of_key()) {
        ended.push_back(end_quietest(key));
    }
    if (is_full()) {
        ended.push_back(end_quietest(""));
    }
    return ended;
}

OperatorSessions::Admission OperatorSessions::admit(const std::string& routing_id, const std::string& key,
                                                    const protocol::Connection& connection, MonoTime now) {
    Admission admission{.verdict = take_allowance(key, now), .to_cut = {}};
    if (admission.verdict == Verdict::flood) {  // it takes nobody's room
        sessions_.erase(routing_id);
        admission.to_cut.push_back({key, connection});
        return admission;
    }
    if (!sessions_.contains(routing_id)) {
        admission.to_cut = make_room(key);
    }
    auto& session = sessions_[routing_id];
    session.key = key;
    session.connection = connection;
    session.heard_at = now;
    if (admission.verdict == Verdict::ask && session.is_asking) {
        admission.verdict = Verdict::busy;
    } else if (admission.verdict == Verdict::ask) {
        session.is_asking = true;
    }
    return admission;
}

bool OperatorSessions::answered(const std::string& routing_id, MonoTime now) {
    const auto found = sessions_.find(routing_id);
    if (found == sessions_.end()) {
        return false;
    }
    found->second.is_asking = false;
    found->second.heard_at = now;
    return true;
}

std::vector<protocol::Connection> OperatorSessions::end_quiet(MonoTime now) {
    std::vector<protocol::Connection> ended;
    std::erase_if(sessions_, [&](const auto& session) {
        const bool is_over = !session.second.is_asking && now - session.second.heard_at > limits_.quiet_max;
        if (is_over) {
            ended.push_back(session.second.connection);
        }
        return is_over;
    });
    return ended;
}

std::optional<OperatorSessions::Ended> OperatorSessions::end(const std::string& routing_id) {
    const auto found = sessions_.find(routing_id);
    if (found == sessions_.end()) {
        return std::nullopt;
    }
    Ended ended{.key = std::move(found->second.key), .connection = found->second.connection};
    sessions_.erase(found);
    return ended;
}

std::vector<protocol::Connection> OperatorSessions::end_all_but(const std::set<std::string>& keys) {
    std::vector<protocol::Connection> ended;
    std::erase_if(sessions_, [&](const auto& session) {
        const bool is_over = !keys.contains(session.second.key);
        if (is_over) {
            ended.push_back(session.second.connection);
        }
        return is_over;
    });
    std::erase_if(allowances_, [&](const auto& allowance) { return !keys.contains(allowance.first); });
    return ended;
}

}  // namespace vigie::controller
