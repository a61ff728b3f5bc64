// Numbered entries of each stream, kept until the controller has them and for a while after (the rewind window), so
// that a controller restored from a backup can ask again. Loop thread only.
// Rows of a stream are always the contiguous numbers [oldest_seq, next_seq).
#pragma once
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/messages/messages.hpp"
#include "shared/core/error.hpp"
#include "shared/core/units.hpp"
#include "shared/os/random.hpp"

namespace vigie::agent {

class Database;
class Statement;

struct OutboxLimits {
    Bytes entries_max = 48_MiB;  // of all streams, each entry counted with entry_overhead
    Bytes entry_max = 1_MiB;     // one entry must fit into one batch message
    // Acked rows kept, per stream: at 10 s a collection 8,640 rows are a day.
    uint64_t rewind_rows_max = 8640;
    Bytes rewind_max = 8_MiB;
};
// Openings remembered of a stream. One is added by each start of the agent that numbered something while the controller
// was away; when there are more, the controller can no longer tell whether the host was set back meanwhile.
constexpr size_t openings_max = 64;
constexpr Bytes entry_overhead{64};  // key, record header and page slack of a row

struct OutboxRow {
    uint64_t seq = 0;
    std::string bytes;
    bool operator==(const OutboxRow&) const = default;
};

enum class Durability {
    synced,   // on disk when append returns
    relaxed,  // a power cut may lose it, unless read_from gave it out or a synced change followed
};

class Outbox {
  public:
    ~Outbox();
    Outbox(const Outbox&) = delete;
    Outbox& operator=(const Outbox&) = delete;

    // Gives the entry's number. When the outbox is full, room is made in this order: rows the controller has acked,
    // the oldest metrics, the oldest logs; results that are not acked never go.
    // too_large: over entry_max (nothing changes), or no room is left. A metrics or log entry without room still uses
    // up its number, so that the controller sees a gap. no_space: the disk is full.
    Result<uint64_t> append(protocol::Stream stream, std::string_view entry_bytes,
                            Durability durability = Durability::synced);

    // Rows from `seq` on in order (from the oldest, when that is higher: compare the first row's number and send a
    // GAP). At least one row when there is one, and then while the sum of bytes is within max_bytes. Everything given
    // out is synced first: a number that the controller may have seen is never used again.
    Result<std::vector<OutboxRow>> read_from(protocol::Stream stream, uint64_t seq, uint64_t max_bytes);

    // Everything up to `seq` is durable at the controller. Lower than an earlier ack: nothing changes. conflict:
    // another incarnation, or a number that was never given (see renew).
    Result<void> acked(protocol::Stream stream, uint64_t incarnation, uint64_t seq);

    // What HELLO tells: entries below oldest_seq are gone; when the controller still wants one, send a GAP up to
    // oldest_seq - 1. oldest_seq == next_seq: no rows.
    protocol::StreamState state(protocol::Stream stream) const;
    uint64_t acked_seq(protocol::Stream stream) const;  // the highest ack
    uint64_t unacked_rows(protocol::Stream stream) const;
    Bytes used() const;  // entries with their overhead, all streams

    // The openings of this file, for HELLO: per stream ascending, at most openings_max, the oldest that matters first.
    std::vector<protocol::Generation> generations() const;

    // Starts a new incarnation of a stream. For a host that was set back to an older image: the controller has applied
    // more of the stream than this outbox has numbered, so its numbers mean something else there. What was acked is
    // let go, since the controller has it; the rest is numbered from 1, in order and with the holes that were not told
    // yet, so that everything the controller may lack arrives and only what is truly lost shows as a gap.
    Result<void> renew(protocol::Stream stream);

    Result<void> sync();  // makes relaxed appends durable; nothing to do is cheap

  private:
    friend class AgentState;
    friend class RunLedger;
    struct StreamTable;
    struct Total {
        uint64_t rows = 0;
        uint64_t cost = 0;
        uint64_t first_seq = 0;
    };

    Outbox(Database& database, const OutboxLimits& limits, Random& random);
    Result<void> create_streams();
    uint64_t draw_generation();
    // Draws this opening's number. Of those before it only what covers entries that are not acked is kept, since the
    // controller's cursor can't stand below.
    Result<void> begin_generation();
    void forget_generations();
    Result<void> begin_generation_in_transaction(StreamTable& table, uint64_t generation);
    Result<void> load();
    // Writes something, so that a file just opened has its write-ahead log.
    Result<void> touch();
    void release();  // the file's statements, before it is closed; load() takes up again
    Result<void> prepare(StreamTable& table);
    Result<void> load_stream(StreamTable& table);
    Result<void> load_generations(StreamTable& table);
    StreamTable& table_of(protocol::Stream stream) const;
    Result<Total> total_between(StreamTable& table, uint64_t first, uint64_t last);
    Result<void> check_size(std::string_view entry_bytes) const;
    Error no_room() const;

    // Within a transaction that the caller began and ends with commit() or, after any failure, undo(). Nothing: no
    // room.
    Result<std::optional<uint64_t>> append_in_transaction(protocol::Stream stream, std::string_view entry_bytes);
    Result<void> ack_in_transaction(StreamTable& table, uint64_t seq);
    Result<void> store_next(StreamTable& table, uint64_t next);
    Result<void> renew_in_transaction(const StreamTable& table);
    Result<void> spend_number(StreamTable& table);
    Result<bool> has_room_for(uint64_t cost);
    Result<bool> make_room(protocol::Stream stream, uint64_t cost);
    Result<void> drop_oldest(StreamTable& table);
    Result<void> commit(bool is_synced);
    // Rolls back and reads the counts again, so that memory and file agree; gives the error on.
    Error undo(Error error);

    Database& database_;
    OutboxLimits limits_;
    Random& random_;
    std::array<std::unique_ptr<StreamTable>, protocol::streams_count> tables_;
    std::unique_ptr<Statement> pages_used_;
    std::unique_ptr<Statement> pages_free_;
    int64_t pages_max_ = 0;
    bool has_unsynced_ = false;
    bool made_room_ = false;  // by the change under way: it must be synced, whatever was asked
};

}  // namespace vigie::agent
