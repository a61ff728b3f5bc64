// Family::cursor: how far each stream of each agent is stored. Ingest writes the rows; whoever greets or shows a host
// reads them.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "controller/store/state_store.hpp"
#include "protocol/messages/messages.hpp"
#include "shared/core/ids.hpp"
#include "shared/os/clock.hpp"

namespace vigie::controller {

struct CursorRow {
    protocol::StreamCursor cursor;  // without credit
    WallTime moved_at{};
};

// The row, as keys.hpp says of the family.
std::string cursor_row(uint64_t last_applied, WallTime moved_at, uint64_t generation);

// One row and its key. corrupt: it is none, or of a stream that does not exist. What a later version adds at its end is
// passed over.
Result<CursorRow> decode_cursor_row(std::string_view key, std::string_view row);

// The rows of one agent by stream and incarnation. An error names the agent whose row can't be read. Any thread.
Result<std::vector<CursorRow>> read_cursor_rows(const StateStore& store, const AgentId& agent);

// The same for WELCOME: what of the agent's streams is durable. Any thread.
Result<std::vector<protocol::StreamCursor>> durable_cursors(const StateStore& store, const AgentId& agent);

}  // namespace vigie::controller
