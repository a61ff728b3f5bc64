// A bucket of requests for each key. libzmq does not tell when a connection ends, so the table of them is bounded and
// the one that was quiet for longest makes way.
#include "controller/link/operator_sessions.hpp"

#include <algorithm>
#include <set>

namespace vigie::controller {
namespace {
// Ended connections stand in the table until others take their place.
constexpr size_t remembered_per_connection = 4;
constexpr double burst_seconds = 2;
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

void OperatorSessions::forget_oldest() {
    const auto oldest = std::min_element(sessions_.begin(), sessions_.end(), [](const auto& a, const auto& b) {
        return a.second.heard_at < b.second.heard_at;
    });
    if (oldest != sessions_.end()) {
        sessions_.erase(oldest);
    }
}

std::optional<protocol::Connection> OperatorSessions::make_room(const std::string& key) {
    if (sessions_.size() >= limits_.connections_max * remembered_per_connection) {
        forget_oldest();
    }
    auto oldest = sessions_.end();
    size_t count = 0;
    for (auto session = sessions_.begin(); session != sessions_.end(); ++session) {
        if (session->second.key == key) {
            ++count;
            if (oldest == sessions_.end() || session->second.heard_at < oldest->second.heard_at) {
                oldest = session;
            }
        }
    }
    if (count < limits_.connections_per_key_max) {
        return std::nullopt;
    }
    const auto connection = oldest->second.connection;
    sessions_.erase(oldest);
    return connection;
}

OperatorSessions::Admission OperatorSessions::admit(const std::string& routing_id, const std::string& key,
                                                    const protocol::Connection& connection, MonoTime now) {
    Admission admission;
    if (!sessions_.contains(routing_id)) {
        admission.to_cut = make_room(key);
    }
    auto& session = sessions_[routing_id];
    session.key = key;
    session.connection = connection;
    session.heard_at = now;
    admission.verdict = take_allowance(key, now);
    if (admission.verdict == Verdict::flood) {
        admission.to_cut = connection;
        sessions_.erase(routing_id);
    } else if (admission.verdict == Verdict::ask && session.is_asking) {
        admission.verdict = Verdict::busy;
    } else if (admission.verdict == Verdict::ask) {
        session.is_asking = true;
    }
    return admission;
}

bool OperatorSessions::answered(const std::string& routing_id) {
    const auto found = sessions_.find(routing_id);
    if (found == sessions_.end()) {
        return false;
    }
    found->second.is_asking = false;
    return true;
}

std::optional<protocol::Connection> OperatorSessions::end(const std::string& routing_id) {
    const auto found = sessions_.find(routing_id);
    if (found == sessions_.end()) {
        return std::nullopt;
    }
    const auto connection = found->second.connection;
    sessions_.erase(found);
    return connection;
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
