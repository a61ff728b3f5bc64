// One stream of the outbox: its counts in memory, and its statements. Not for other rooms.
#pragma once
#include <array>
#include <vector>

#include "agent/outbox/database.hpp"
#include "agent/outbox/outbox.hpp"

namespace vigie::agent {

struct Outbox::StreamTable {
    protocol::Stream stream = protocol::Stream::results;
    uint64_t incarnation = 0;
    uint64_t oldest_seq = 1;
    uint64_t next_seq = 1;
    uint64_t acked_seq = 0;
    uint64_t cost = 0;        // of all rows
    uint64_t acked_cost = 0;  // of the rows up to acked_seq
    std::vector<protocol::Generation> generations;

    Statement insert;
    Statement set_next;
    Statement set_acked;
    Statement read;
    Statement oldest_length;
    Statement total_between;
    Statement erase;

    uint64_t rows() const { return next_seq - oldest_seq; }
    uint64_t acked_rows() const { return acked_seq < oldest_seq ? 0 : acked_seq - oldest_seq + 1; }
};

// The rows of each stream, by its number.
inline constexpr std::array stream_tables{"entry_results", "entry_metrics", "entry_logs"};

// SQLite's integers are signed; incarnations and generations use all 64 bits.
inline int64_t signed_of(uint64_t number) {
    return static_cast<int64_t>(number);
}
inline uint64_t unsigned_of(int64_t number) {
    return static_cast<uint64_t>(number);
}

}  // namespace vigie::agent
