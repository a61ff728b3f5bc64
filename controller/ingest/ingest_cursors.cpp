// The cursors: how far each stream of each agent is stored, in memory and as rows.
#include "controller/ingest/ingest.hpp"
#include "controller/store/keys.hpp"
#include "shared/core/assert.hpp"

namespace vigie::controller {

namespace {

std::string cursor_row(uint64_t last, WallTime moved_at, uint64_t generation) {
    return keys::KeyWriter().u64(last).i64(unix_ms(moved_at)).u64(generation).take();
}

// Visits the cursors of one agent as (stream, incarnation, last, moved_at, generation); rows of an older version have
// no generation.
template <typename Visit>
Result<void> scan_cursors(const StateStore& store, const AgentId& agent, const Visit& visit) {
    Result<void> read;
    const auto prefix = keys::cursor_prefix(agent);
    VIGIE_CHECK(
        store.scan(Family::cursor, prefix, keys::after_prefix(prefix), [&](std::string_view key, std::string_view row) {
            const auto name = keys::read_cursor(key);
            keys::KeyReader reader(row);
            const auto last = reader.u64();
            const auto moved_at = wall_from_unix_ms(reader.i64());
            const auto generation = reader.is_done() ? 0 : reader.u64();
            if (!name || name->stream >= protocol::streams_count || !reader.is_ok()) {
                read = fail(ErrorCode::corrupt, "store: a cursor of {} can't be read", agent.value);
                return false;
            }
            visit(static_cast<protocol::Stream>(name->stream), name->incarnation, last, moved_at, generation);
            return true;
        }));
    return read;
}

}  // namespace

Result<std::vector<protocol::StreamCursor>> durable_cursors(const StateStore& store, const AgentId& agent) {
    std::vector<protocol::StreamCursor> cursors;
    VIGIE_CHECK(scan_cursors(
        store, agent, [&](protocol::Stream stream, uint64_t incarnation, uint64_t last, WallTime, uint64_t generation) {
            cursors.push_back(
                {.stream = stream, .incarnation = incarnation, .last_applied = last, .generation = generation});
        }));
    return cursors;
}

Result<Ingest::Agent*> Ingest::agent_of(const AgentId& id) {
    if (const auto known = agents_.find(id); known != agents_.end()) {
        return &known->second;
    }
    Agent agent;
    VIGIE_CHECK(scan_cursors(
        store_, id, [&](protocol::Stream stream, uint64_t incarnation, uint64_t last, WallTime moved_at, uint64_t) {
            agent.cursors[{stream, incarnation}] = Cursor{.last = last, .moved_at = moved_at};
        }));
    return &agents_.emplace(id, std::move(agent)).first->second;
}

void Ingest::note_generations(const AgentId& agent, std::vector<protocol::Generation> generations) {
    generations_.insert_or_assign(agent, std::move(generations));
}

void Ingest::move_cursor(Agent& agent, const AgentId& id, CursorName name, uint64_t to, WallTime now,
                         StoreBatch& batch) {
    agent.cursors[name] = Cursor{.last = to, .moved_at = now};
    const auto told = generations_.find(id);
    const auto generation =
        told == generations_.end() ? 0 : protocol::generation_of(told->second, name.first, name.second, to);
    batch.put(Family::cursor, keys::cursor(id, static_cast<uint8_t>(name.first), name.second),
              cursor_row(to, now, generation));
    const auto is_same_stream = [&name](const auto& one) { return one.first.first == name.first; };
    if (static_cast<size_t>(std::count_if(agent.cursors.begin(), agent.cursors.end(), is_same_stream)) <=
        limits_.incarnations_max) {
        return;
    }
    // Forget the incarnation that was not used for longest.
    auto oldest = agent.cursors.end();
    for (auto one = agent.cursors.begin(); one != agent.cursors.end(); ++one) {
        if (is_same_stream(*one) && one->first != name &&
            (oldest == agent.cursors.end() || one->second.moved_at < oldest->second.moved_at)) {
            oldest = one;
        }
    }
    VIGIE_ASSERT(oldest != agent.cursors.end());
    batch.erase(Family::cursor, keys::cursor(id, static_cast<uint8_t>(name.first), oldest->first.second));
    agent.cursors.erase(oldest);
}

Result<void> Ingest::admit(const AgentId& agent, protocol::Stream stream, uint64_t incarnation, WallTime now,
                           StoreBatch& batch) {
    VIGIE_TRY(auto* const known, agent_of(agent));
    if (const CursorName name{stream, incarnation}; !known->cursors.contains(name)) {
        move_cursor(*known, agent, name, 0, now, batch);
    }
    return {};
}

}  // namespace vigie::controller
