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
    of.acked = std::max(of.acked, seq);
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
    if (++spawns_[run_id] > 1 + attempts_[run_id]) {
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

uint64_t HostWitness::acked(const StreamKey& key) const {
    const auto stream = streams_.find(key);
    return stream == streams_.end() ? 0 : stream->second.acked;
}

void HostWitness::begun_anew(const std::string& run_id, uint64_t attempts) {
    attempts_[run_id] = std::max(attempts_[run_id], attempts);
}

}  // namespace vigie::simulation
