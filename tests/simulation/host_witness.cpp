// What agents must never do.
#include "tests/simulation/witness.hpp"

namespace vigie::simulation {

std::string to_text(const StreamKey& key) {
    return fmt::format("{} stream {} incarnation {:x}", key.agent, static_cast<int>(key.stream), key.incarnation);
}

void HostWitness::tried(const StreamKey& key, uint64_t seq, std::string bytes) {
    streams_[key].tried = {seq, std::move(bytes)};
}

void HostWitness::numbered(const StreamKey& key, uint64_t seq, std::string bytes, bool is_synced) {
    auto& of = streams_[key];
    if (of.entries.contains(seq) || seq <= of.sent) {
        world_.found(fmt::format("{}: number {} was given twice", to_text(key), seq));
    }
    of.entries[seq] = std::move(bytes);
    if (is_synced) {
        of.synced = std::max(of.synced, seq);
    }
}

void HostWitness::opened(const StreamKey& key, uint64_t next_seq) {
    if (!streams_.contains(key)) {
        begin_renewed(key, next_seq);
    }
    renewing_.erase({key.agent, key.stream});
    auto& of = streams_[key];
    if (next_seq <= of.synced) {
        world_.found(
            fmt::format("{}: {} was synced, but the outbox begins again at {}", to_text(key), of.synced, next_seq));
    }
    if (next_seq <= of.sent) {
        world_.found(
            fmt::format("{}: {} was sent, but the outbox begins again at {}", to_text(key), of.sent, next_seq));
    }
    of.entries.erase(of.entries.lower_bound(next_seq), of.entries.end());
    // The process before died while it kept this, and it was kept.
    if (const auto& [seq, bytes] = of.tried; seq + 1 == next_seq) {
        of.entries.try_emplace(seq, bytes);
    }
}

void HostWitness::renewing(const StreamKey& key, uint64_t acked) {
    renewing_.insert_or_assign({key.agent, key.stream}, std::pair(key, acked));
}

// Also when the process died in it, and what a later one finds is renewed.
void HostWitness::begin_renewed(const StreamKey& key, uint64_t next_seq) {
    const auto found = renewing_.find({key.agent, key.stream});
    if (found == renewing_.end()) {
        return;
    }
    const auto& [old_key, acked] = found->second;
    const auto& old = streams_[old_key];
    auto& of = streams_[key];
    for (auto entry = old.entries.upper_bound(acked); entry != old.entries.end(); ++entry) {
        of.entries.emplace(entry->first - acked, entry->second);
    }
    of.synced = next_seq - 1;
    of.oldest = old.oldest > acked ? old.oldest - acked : 1;
    ++renewals_all_;
}

HostWitness::Copy HostWitness::copy_of(const std::string& agent) const {
    Copy copy;
    for (const auto& [key, of] : streams_) {
        if (key.agent == agent) {
            copy.emplace(key, of);
        }
    }
    return copy;
}

void HostWitness::set_back(const std::string& agent, const Copy& copy) {
    for (auto& [key, of] : streams_) {
        if (key.agent != agent) {
            continue;
        }
        for (const auto& [seq, bytes] : of.entries) {
            elsewhere_[key].emplace(seq, bytes);
        }
        elsewhere_[key].insert(of.tried);
        if (const auto then = copy.find(key); then != copy.end()) {
            of = then->second;
        }
    }
    std::erase_if(renewing_, [&](const auto& renewal) { return renewal.first.first == agent; });
    set_back_.insert(agent);
}

void HostWitness::sent(const StreamKey& key, uint64_t seq, std::string_view bytes) {
    auto& of = streams_[key];
    of.sent = std::max(of.sent, seq);
    const auto* entry = written(key, seq);
    if (entry == nullptr || *entry != bytes) {
        world_.found(fmt::format("{}: what is sent as {} is not what was numbered so", to_text(key), seq));
    }
}

void HostWitness::told_gap(const StreamKey& key, uint64_t first, uint64_t last, uint64_t oldest_seq) {
    auto& of = streams_[key];
    of.sent = std::max(of.sent, last);
    if (last >= oldest_seq || first > last) {
        world_.found(fmt::format("{}: {} to {} are told as lost, but the outbox holds {} and later", to_text(key),
                                 first, last, oldest_seq));
    }
}

void HostWitness::marked_acked(const StreamKey& key, uint64_t seq) {
    auto& of = streams_[key];
    check_acked(key, of.acked + 1, seq);
    of.acked = std::max(of.acked, seq);
}

void HostWitness::applied(const StreamKey& key, uint64_t seq, const std::string& bytes) {
    applied_[key][seq] = bytes;
}

void HostWitness::passed(const StreamKey& key, uint64_t first, uint64_t last) {
    for (auto seq = first; seq <= last; ++seq) {
        applied_[key][seq].reset();
    }
}

// What an outbox may let go of is stored as it stands there, or told as lost.
void HostWitness::check_acked(const StreamKey& key, uint64_t first, uint64_t last) {
    const auto& entries = streams_[key].entries;
    const auto& stored = applied_[key];
    for (auto entry = entries.lower_bound(first); entry != entries.end() && entry->first <= last; ++entry) {
        const auto found = stored.find(entry->first);
        if (found == stored.end() || (found->second && *found->second != entry->second)) {
            return world_.found(fmt::format("{}: {} is acknowledged, but {} stored", to_text(key), entry->first,
                                            found == stored.end() ? "it was not" : "another entry was"));
        }
    }
}

// Acked entries make way at any time; others only for one that has no room, and never results.
void HostWitness::holds(const StreamKey& key, uint64_t oldest_seq, bool had_no_room) {
    auto& of = streams_[key];
    const auto kept_before = std::max(of.acked + 1, std::exchange(of.oldest, oldest_seq));
    if (oldest_seq > kept_before && (key.stream == protocol::Stream::results || !had_no_room)) {
        world_.found(
            fmt::format("{}: only {} was acked, but the outbox begins at {}", to_text(key), of.acked, oldest_seq));
    }
}

void HostWitness::spawned(const std::string& agent, const std::string& job, const std::string& run_id) {
    ++spawns_all_;
    // A host that was set back has forgotten what it ran since.
    if (++spawns_[run_id] > 1 + attempts_[run_id] && !was_set_back(agent)) {
        world_.found(fmt::format("{}: run {} of '{}' was spawned {} times in {} attempts", agent, run_id, job,
                                 spawns_[run_id], 1 + attempts_[run_id]));
    }
    if (!alive_.insert({agent, job}).second) {
        world_.found(fmt::format("{}: two runs of '{}' at once", agent, job));
    }
}

void HostWitness::ended(const std::string& agent, const std::string& job, const std::string& run_id, bool is_success) {
    alive_.erase({agent, job});
    if (is_success) {
        succeeded_.insert(run_id);
    }
}

const std::string* HostWitness::written(const StreamKey& key, uint64_t seq) const {
    const auto stream = streams_.find(key);
    if (stream == streams_.end()) {
        return nullptr;
    }
    const auto entry = stream->second.entries.find(seq);
    return entry == stream->second.entries.end() ? nullptr : &entry->second;
}

bool HostWitness::is_written(const StreamKey& key, uint64_t seq, const std::string& bytes) const {
    const auto* entry = written(key, seq);
    const auto other = elsewhere_.find(key);
    return (entry != nullptr && *entry == bytes) || (other != elsewhere_.end() && other->second.contains({seq, bytes}));
}

void HostWitness::begun_anew(const std::string& run_id, uint64_t attempts) {
    attempts_[run_id] = std::max(attempts_[run_id], attempts);
}

}  // namespace vigie::simulation
