// Liveness of hosts.
#include "controller/fleet/fleet.hpp"

#include "controller/store/keys.hpp"

namespace vigie::controller {

std::string_view name_of(HostState state) {
    switch (state) {
        case HostState::never_heard:
            return "never_heard";
        case HostState::up:
            return "up";
        case HostState::silent:
            return "silent";
        case HostState::left:
            return "left";
    }
    return "unknown";
}

Result<Fleet> Fleet::load(const StateStore& store, milliseconds heartbeat_interval, MonoTime started) {
    Fleet fleet(heartbeat_interval, started);
    VIGIE_CHECK(store.scan(Family::agents, "", "", [&fleet](std::string_view key, std::string_view) {
        fleet.enrol(AgentId{std::string(key)});
        return true;
    }));
    Result<void> read;
    VIGIE_CHECK(store.scan(Family::hosts, "", "", [&](std::string_view key, std::string_view row) {
        auto host = read_host(key, row);
        if (!host) {
            read = fail(std::move(host.error()));
            return false;
        }
        auto& entry = fleet.entries_[host->id];
        entry.host = std::move(*host);
        entry.last_heard = started;
        entry.is_awaited = true;
        return true;
    }));
    VIGIE_CHECK(std::move(read));
    for (auto& [id, entry] : fleet.entries_) {
        entry.is_changed = false;
    }
    return fleet;
}

void Fleet::enrol(const AgentId& agent) {
    auto [entry, is_new] = entries_.try_emplace(agent);
    if (is_new || entry->second.host.state == HostState::left) {
        entry->second = Entry{.host = Host{.id = agent}, .is_changed = true};
    }
    entry->second.host.is_key_revoked = false;
}

std::optional<HostTransition> Fleet::move(Entry& entry, HostState to) {
    if (entry.host.state == to) {
        return std::nullopt;
    }
    const auto from = std::exchange(entry.host.state, to);
    entry.is_changed = true;
    return HostTransition{.agent = entry.host.id, .from = from, .to = to};
}

std::optional<HostTransition> Fleet::leave(const AgentId& agent) {
    const auto entry = entries_.find(agent);
    if (entry == entries_.end()) {
        return std::nullopt;
    }
    entry->second.host.is_connected = false;
    return move(entry->second, HostState::left);
}

void Fleet::revoke(const AgentId& agent) {
    if (const auto entry = entries_.find(agent); entry != entries_.end()) {
        entry->second.host.is_connected = false;
        entry->second.host.is_key_revoked = true;
        static_cast<void>(move(entry->second, HostState::never_heard));
    }
}

bool Fleet::is_gone(const Host& host) {
    return host.state == HostState::left || host.is_key_revoked;
}

std::optional<HostTransition> Fleet::hello(const AgentId& agent, const protocol::Hello& hello, MonoTime now,
                                           WallTime wall) {
    const auto found = entries_.find(agent);
    if (found == entries_.end() || is_gone(found->second.host)) {
        return std::nullopt;
    }
    auto& host = found->second.host;
    host.is_connected = true;
    host.agent_version = hello.agent_version;
    host.boot_id = hello.boot_id;
    host.labels = hello.labels;
    host.jobs = hello.jobs;
    host.protocol_version = hello.version_max;
    found->second.leaving = protocol::Leaving::staying;
    found->second.is_closed = false;
    // The host's time may be any number: a century is skew enough.
    constexpr milliseconds century = std::chrono::hours{24 * 36525};
    host.clock_ahead = std::clamp(wall_from_unix_ms(hello.sent_at_unix_ms), wall - century, wall + century) - wall;
    found->second.clock_readings.clear();
    found->second.is_changed = true;
    return heard(agent, now, wall);
}

std::optional<bool> Fleet::clock_told(const AgentId& agent, milliseconds ahead) {
    const auto found = entries_.find(agent);
    if (found == entries_.end() || is_gone(found->second.host)) {
        return std::nullopt;
    }
    auto& entry = found->second;
    auto& readings = entry.clock_readings;
    readings.push_back(ahead);
    if (readings.size() > clock_readings_kept) {
        readings.erase(readings.begin());
    }
    auto& host = entry.host;
    host.clock_ahead = *std::max_element(readings.begin(), readings.end());
    const bool is_sure = host.clock_ahead >= 0ms || readings.size() == clock_readings_kept;
    if (const auto off = std::chrono::abs(host.clock_ahead); is_sure && off > clock_skew_max) {
        host.is_clock_off = true;
    } else if (off <= clock_skew_right) {
        host.is_clock_off = false;
    } else {
        return std::nullopt;
    }
    return std::exchange(entry.told_clock_off, host.is_clock_off) == host.is_clock_off
               ? std::nullopt
               : std::optional(host.is_clock_off);
}

void Fleet::disconnected(const AgentId& agent) {
    if (const auto entry = entries_.find(agent); entry != entries_.end()) {
        entry->second.host.is_connected = false;
    }
}

void Fleet::closed_by_peer(const AgentId& agent) {
    if (const auto entry = entries_.find(agent); entry != entries_.end()) {
        entry->second.is_closed = true;
    }
}

void Fleet::leaving(const AgentId& agent, protocol::Leaving how, MonoTime now) {
    if (const auto entry = entries_.find(agent); entry != entries_.end()) {
        entry->second.leaving = how;
        entry->second.last_heard = std::max(entry->second.last_heard, now);
    }
}

void Fleet::set_address(const AgentId& agent, const std::string& address) {
    if (const auto entry = entries_.find(agent); entry != entries_.end()) {
        entry->second.host.address = address;
    }
}

std::optional<HostTransition> Fleet::heard(const AgentId& agent, MonoTime now, WallTime wall) {
    const auto found = entries_.find(agent);
    if (found == entries_.end() || is_gone(found->second.host)) {
        return std::nullopt;
    }
    auto& entry = found->second;
    entry.last_heard = std::max(entry.last_heard, now);
    entry.is_awaited = false;
    entry.host.last_heard_at = wall;
    entry.host.silent_because.clear();
    entry.is_heard = true;
    return move(entry, HostState::up);
}

void Fleet::begin_anew(MonoTime now) {
    for (auto& [id, entry] : entries_) {
        entry.last_heard = std::max(entry.last_heard, now);
        entry.is_awaited = true;
    }
}

milliseconds Fleet::timeout_of(const Entry& entry) const {
    const bool is_announced = entry.leaving != protocol::Leaving::staying;
    return heartbeat_timeout() + (entry.is_awaited ? reconnect_pause_max : 0ms) + (is_announced ? restart_grace_ : 0ms);
}

std::vector<HostTransition> Fleet::tick(MonoTime now) {
    std::vector<HostTransition> transitions;
    for (auto& [id, entry] : entries_) {
        if (entry.host.state == HostState::up && now - entry.last_heard > timeout_of(entry)) {
            transitions.push_back(*move(entry, HostState::silent));
        }
    }
    if (transitions.empty()) {
        return transitions;
    }
    const auto counted = tallies(now);
    for (const auto& transition : transitions) {
        auto& entry = entries_.at(transition.agent);
        entry.host.silent_because = why_silent(entry, counted);
    }
    return transitions;
}

const Host* Fleet::find(const AgentId& agent) const {
    const auto entry = entries_.find(agent);
    return entry == entries_.end() ? nullptr : &entry->second.host;
}

std::vector<const Host*> Fleet::hosts() const {
    std::vector<const Host*> all;
    all.reserve(entries_.size());
    for (const auto& [id, entry] : entries_) {
        all.push_back(&entry.host);
    }
    return all;
}

std::vector<std::pair<std::string, std::string>> Fleet::take_unsaved(MonoTime now) {
    const bool with_heard = now - heard_saved_at_.value_or(started_) >= save_heard_every;
    if (with_heard) {
        heard_saved_at_ = now;
    }
    std::vector<std::pair<std::string, std::string>> rows;
    for (auto& [id, entry] : entries_) {
        if (entry.is_changed || (with_heard && entry.is_heard)) {
            rows.emplace_back(keys::agent(id), host_row(entry.host));
            entry.is_changed = false;
            entry.is_heard = false;
        }
    }
    return rows;
}

}  // namespace vigie::controller
