// A row is the number, when it moved, and the generation, which rows of an older version lack.
#include "controller/ingest/cursor_rows.hpp"

#include "controller/store/keys.hpp"

namespace vigie::controller {

std::string cursor_row(uint64_t last_applied, WallTime moved_at, uint64_t generation) {
    return keys::KeyWriter().u64(last_applied).i64(unix_ms(moved_at)).u64(generation).take();
}

Result<CursorRow> decode_cursor_row(std::string_view key, std::string_view row) {
    const auto name = keys::read_cursor(key);
    keys::KeyReader reader(row);
    const auto last = reader.u64();
    const auto moved_at = wall_from_unix_ms(reader.i64());
    const auto generation = reader.is_done() ? 0 : reader.u64();
    if (!name || name->stream >= protocol::streams_count || !reader.is_ok()) {
        return fail(ErrorCode::corrupt, "store: a cursor can't be read");
    }
    return CursorRow{.cursor = {.stream = static_cast<protocol::Stream>(name->stream),
                                .incarnation = name->incarnation,
                                .last_applied = last,
                                .generation = generation},
                     .moved_at = moved_at};
}

Result<std::vector<CursorRow>> read_cursor_rows(const StateStore& store, const AgentId& agent) {
    std::vector<CursorRow> rows;
    Result<void> read;
    const auto prefix = keys::cursor_prefix(agent);
    VIGIE_CHECK(store.scan(Family::cursor, prefix, keys::after_prefix(prefix),
                           [&](std::string_view key, std::string_view value) {
                               auto row = decode_cursor_row(key, value);
                               if (!row) {
                                   read = fail(ErrorCode::corrupt, "store: a cursor of {} can't be read", agent.value);
                                   return false;
                               }
                               rows.push_back(std::move(*row));
                               return true;
                           }));
    VIGIE_CHECK(read);
    return rows;
}

Result<std::vector<protocol::StreamCursor>> durable_cursors(const StateStore& store, const AgentId& agent) {
    VIGIE_TRY(const auto rows, read_cursor_rows(store, agent));
    std::vector<protocol::StreamCursor> cursors;
    cursors.reserve(rows.size());
    for (const auto& row : rows) {
        cursors.push_back(row.cursor);
    }
    return cursors;
}

}  // namespace vigie::controller
