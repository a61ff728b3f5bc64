// The cursors: how far each stream of each agent is stored. And samples that come without one, of the controller's own.
#include "controller/ingest/cursor_rows.hpp"
#include "controller/ingest/ingest.hpp"
#include "controller/store/keys.hpp"
#include "shared/core/assert.hpp"

namespace vigie::controller {

Result<void> Ingest::record_samples(const AgentId& owner, WallTime at, WallTime now,
                                    std::span<const std::pair<LabelSet, double>> samples, StoreBatch& batch) {
    VIGIE_TRY(const auto ids, recorded_.resolve(owner, samples, next_series_, batch));
    std::vector<double> values;
    values.reserve(samples.size());
    for (const auto& [_, value] : samples) {
        values.push_back(value);
    }
    // No outbox numbers these rows: their time does, so that the same time again is the same row.
    const auto number = static_cast<uint64_t>(std::max<int64_t>(unix_ms(at), 0));
    batch.put(Family::head, keys::head(keys::head_bucket(at), owner, 0, number), sample_row(at, now, ids, values));
    pending_.samples += values.size();
    return {};
}

Result<void> Ingest::record_known_samples(const AgentId& owner, WallTime at, WallTime now,
                                          std::span<const std::pair<LabelSet, double>> samples, StoreBatch& batch) {
    VIGIE_TRY(const auto known, recorded_.known_of(owner, samples));
    return record_samples(owner, at, now, known, batch);
}

Result<Ingest::Agent*> Ingest::agent_of(const AgentId& id) {
    if (const auto known = agents_.find(id); known != agents_.end()) {
        return &known->second;
    }
    VIGIE_TRY(const auto rows, read_cursor_rows(store_, id));
    Agent agent;
    for (const auto& [cursor, moved_at] : rows) {
        agent.cursors[{cursor.stream, cursor.incarnation}] = Cursor{.last = cursor.last_applied, .moved_at = moved_at};
    }
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
