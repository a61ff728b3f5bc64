// Rows, numbers and room. What each stream holds is counted in memory; the file is the truth, and load() reads it again
// after a change that failed.
#include "agent/outbox/outbox.hpp"

#include "agent/outbox/database.hpp"
#include "agent/outbox/stream_table.hpp"
#include "shared/core/assert.hpp"

namespace vigie::agent {

using protocol::Stream;

namespace {

// Who makes way first. Results stand last, and only with rows that the controller has.
constexpr std::array eviction_order{Stream::metrics, Stream::logs, Stream::results};

constexpr int64_t page_bytes = 4096;
// Never filled with entries: the ledger's rows and inner pages of the trees must always find room.
constexpr int64_t pages_kept_free = 512;

uint64_t cost_of(size_t bytes) {
    return bytes + entry_overhead.count;
}

}  // namespace

Outbox::Outbox(Database& database, const OutboxLimits& limits, Random& random)
    : database_(database), limits_(limits), random_(random) {
    for (size_t i = 0; i < tables_.size(); ++i) {
        tables_[i] = std::make_unique<StreamTable>();
        tables_[i]->stream = static_cast<Stream>(i);
    }
}
Outbox::~Outbox() = default;

Outbox::StreamTable& Outbox::table_of(Stream stream) const {
    const auto index = static_cast<size_t>(stream);
    VIGIE_ASSERT(index < tables_.size());
    return *tables_[index];
}

Result<void> Outbox::create_streams() {
    VIGIE_TRY(auto insert, database_.prepare("INSERT INTO stream VALUES(?, ?, 1, 0)"));
    for (size_t i = 0; i < tables_.size(); ++i) {
        insert.bind(1, static_cast<int64_t>(i));
        insert.bind(2, signed_of(random_.next()));
        VIGIE_CHECK(insert.run());
    }
    return {};
}

Result<void> Outbox::prepare(StreamTable& table) {
    const std::string_view name = stream_tables[static_cast<size_t>(table.stream)];
    const auto stream = static_cast<int>(table.stream);
    VIGIE_TRY(table.insert, database_.prepare(fmt::format("INSERT INTO {} VALUES(?, ?)", name)));
    VIGIE_TRY(table.set_next, database_.prepare(fmt::format("UPDATE stream SET next_seq=? WHERE stream={}", stream)));
    VIGIE_TRY(table.set_acked, database_.prepare(fmt::format("UPDATE stream SET acked_seq=? WHERE stream={}", stream)));
    VIGIE_TRY(table.read, database_.prepare(
                              fmt::format("SELECT seq, bytes, length(bytes) FROM {} WHERE seq>=? ORDER BY seq", name)));
    VIGIE_TRY(table.oldest_length,
              database_.prepare(fmt::format("SELECT length(bytes) FROM {} ORDER BY seq LIMIT 1", name)));
    VIGIE_TRY(table.total_between,
              database_.prepare(fmt::format("SELECT count(*), coalesce(sum(length(bytes)), 0), coalesce(min(seq), 0) "
                                            "FROM {} WHERE seq BETWEEN ? AND ?",
                                            name)));
    VIGIE_TRY(table.erase, database_.prepare(fmt::format("DELETE FROM {} WHERE seq=?", name)));
    return {};
}

Result<void> Outbox::load() {
    VIGIE_TRY(pages_max_, database_.number_of("PRAGMA max_page_count"));
    VIGIE_TRY(auto pages_used, database_.prepare("PRAGMA page_count"));
    VIGIE_TRY(auto pages_free, database_.prepare("PRAGMA freelist_count"));
    pages_used_ = std::make_unique<Statement>(std::move(pages_used));
    pages_free_ = std::make_unique<Statement>(std::move(pages_free));
    for (auto& table : tables_) {
        VIGIE_CHECK(prepare(*table));
        VIGIE_CHECK(load_stream(*table));
    }
    return {};
}

Result<void> Outbox::load_stream(StreamTable& table) {
    VIGIE_TRY(auto known, database_.prepare("SELECT incarnation, next_seq, acked_seq FROM stream WHERE stream=?"));
    known.bind(1, static_cast<int64_t>(table.stream));
    VIGIE_TRY(const bool has_row, known.step());
    if (!has_row) {
        return fail(ErrorCode::corrupt, "state file: stream {} is missing", static_cast<int>(table.stream));
    }
    table.incarnation = unsigned_of(known.number(0));
    table.next_seq = unsigned_of(known.number(1));
    table.acked_seq = unsigned_of(known.number(2));
    VIGIE_TRY(const auto all, total_between(table, 0, table.next_seq - 1));
    table.oldest_seq = all.rows == 0 ? table.next_seq : all.first_seq;
    table.cost = all.cost;
    if (table.next_seq == 0 || table.acked_seq >= table.next_seq || all.rows != table.rows()) {
        return fail(ErrorCode::corrupt, "state file: stream {} has holes", static_cast<int>(table.stream));
    }
    VIGIE_TRY(const auto acked, total_between(table, 0, table.acked_seq));
    table.acked_cost = acked.cost;
    return {};
}

Result<Outbox::Total> Outbox::total_between(StreamTable& table, uint64_t first, uint64_t last) {
    table.total_between.bind(1, signed_of(first));
    table.total_between.bind(2, signed_of(last));
    VIGIE_TRY(const bool has_row, table.total_between.step());
    VIGIE_ASSERT(has_row);
    Total total{.rows = unsigned_of(table.total_between.number(0)),
                .cost = unsigned_of(table.total_between.number(1)),
                .first_seq = unsigned_of(table.total_between.number(2))};
    total.cost += total.rows * entry_overhead.count;
    table.total_between.reset();
    return total;
}

Error Outbox::undo(Error error) {
    database_.rollback();
    made_room_ = false;
    for (auto& table : tables_) {
        if (auto loaded = load_stream(*table); !loaded) {
            return Error{loaded.error().code, fmt::format("{}; then: {}", error.message, loaded.error().message)};
        }
    }
    return error;
}

Result<uint64_t> Outbox::append(Stream stream, std::string_view entry_bytes, Durability durability) {
    const bool is_synced = durability == Durability::synced;
    VIGIE_CHECK(check_size(entry_bytes));
    VIGIE_CHECK(database_.begin(is_synced));
    auto seq = append_in_transaction(stream, entry_bytes);
    if (!seq) {
        return fail(undo(std::move(seq.error())));
    }
    if (!*seq && stream == Stream::results) {
        return fail(undo(no_room()));
    }
    if (auto done = *seq ? Result<void>{} : spend_number(table_of(stream)); !done) {
        return fail(undo(std::move(done.error())));
    }
    if (auto done = commit(is_synced); !done) {
        return fail(undo(std::move(done.error())));
    }
    return *seq ? Result<uint64_t>(**seq) : fail(no_room());
}

Result<void> Outbox::check_size(std::string_view entry_bytes) const {
    if (entry_bytes.size() > limits_.entry_max.count) {
        return fail(ErrorCode::too_large, "outbox: an entry of {} is over the limit of {} for one message",
                    format_bytes(Bytes{entry_bytes.size()}), format_bytes(limits_.entry_max));
    }
    return {};
}

Error Outbox::no_room() const {
    return Error{ErrorCode::too_large,
                 fmt::format("outbox: {} wait for the controller and no room is left", format_bytes(used()))};
}

// Waits for the disk on the loop's thread, which callbacks should not: a run may be spawned and a number told only when
// both are on disk, and the answers would else have to come later everywhere. It is one fsync of the log for a reading
// or a change of a run. A disk that takes longer than three heartbeats costs a reconnect and nothing else.
//
// Ends the transaction under way. One that dropped rows is synced, whatever was asked: a GAP may tell the controller of
// numbers up to the dropped ones, so they must never be given again.
Result<void> Outbox::commit(bool is_synced) {
    VIGIE_CHECK(database_.commit());
    has_unsynced_ = !is_synced;
    return std::exchange(made_room_, false) ? sync() : Result<void>{};
}

Result<std::optional<uint64_t>> Outbox::append_in_transaction(Stream stream, std::string_view entry_bytes) {
    auto& table = table_of(stream);
    const auto cost = cost_of(entry_bytes.size());
    VIGIE_TRY(const bool has_room, make_room(stream, cost));
    if (!has_room) {
        return std::nullopt;
    }
    table.insert.bind(1, signed_of(table.next_seq));
    table.insert.bind_blob(2, entry_bytes);
    VIGIE_CHECK(table.insert.run());
    VIGIE_CHECK(store_next(table, table.next_seq + 1));
    table.cost += cost;
    return table.next_seq++;
}

Result<void> Outbox::store_next(StreamTable& table, uint64_t next) {
    table.set_next.bind(1, signed_of(next));
    return table.set_next.run();
}

// The stream has no rows then: make_room dropped them all. The controller sees oldest_seq == next_seq, a gap.
Result<void> Outbox::spend_number(StreamTable& table) {
    VIGIE_ASSERT(table.rows() == 0);
    VIGIE_CHECK(store_next(table, table.next_seq + 1));
    table.oldest_seq = ++table.next_seq;
    return {};
}

// Both the count of entries and the pages of the file must leave room: rows leave slack in pages, and SQLite gives up a
// whole transaction when its pages run out.
Result<bool> Outbox::has_room_for(uint64_t cost) {
    if (used().count + cost > limits_.entries_max.count) {
        return false;
    }
    VIGIE_TRY(const bool has_count, pages_used_->step());
    VIGIE_ASSERT(has_count);
    const auto pages = pages_used_->number(0);
    pages_used_->reset();
    VIGIE_TRY(const bool has_free, pages_free_->step());
    VIGIE_ASSERT(has_free);
    const auto free_pages = pages_free_->number(0);
    pages_free_->reset();
    const auto wanted = signed_of(cost) / page_bytes + pages_kept_free;
    return pages - free_pages + wanted <= pages_max_;
}

// Drops rows until `cost` fits: first what the controller has, then what may be lost for this stream's sake.
Result<bool> Outbox::make_room(Stream stream, uint64_t cost) {
    for (const bool is_acked_only : {true, false}) {
        for (const auto victim : eviction_order) {
            if (!is_acked_only &&
                (victim == Stream::results || (victim == Stream::logs && stream == Stream::metrics))) {
                continue;
            }
            auto& table = table_of(victim);
            for (;;) {
                VIGIE_TRY(const bool has_room, has_room_for(cost));
                if (has_room) {
                    return true;
                }
                if ((is_acked_only ? table.acked_rows() : table.rows()) == 0) {
                    break;
                }
                VIGIE_CHECK(drop_oldest(table));
                made_room_ = true;
            }
        }
    }
    return false;
}

Result<void> Outbox::drop_oldest(StreamTable& table) {
    VIGIE_TRY(const bool has_row, table.oldest_length.step());
    VIGIE_ASSERT(has_row);
    const auto cost = cost_of(unsigned_of(table.oldest_length.number(0)));
    table.oldest_length.reset();
    table.erase.bind(1, signed_of(table.oldest_seq));
    VIGIE_CHECK(table.erase.run());
    if (table.acked_rows() > 0) {
        table.acked_cost -= cost;
    }
    table.cost -= cost;
    ++table.oldest_seq;
    return {};
}

Result<std::vector<OutboxRow>> Outbox::read_from(Stream stream, uint64_t seq, uint64_t max_bytes) {
    VIGIE_CHECK(sync());
    auto& table = table_of(stream);
    std::vector<OutboxRow> rows;
    uint64_t total = 0;
    table.read.bind(1, signed_of(std::max(seq, table.oldest_seq)));
    for (;;) {
        VIGIE_TRY(const bool has_row, table.read.step());
        if (!has_row) {
            return rows;
        }
        total += unsigned_of(table.read.number(2));
        if (total > max_bytes && !rows.empty()) {
            table.read.reset();
            return rows;
        }
        rows.push_back({unsigned_of(table.read.number(0)), table.read.text(1)});
    }
}

Result<void> Outbox::acked(Stream stream, uint64_t incarnation, uint64_t seq) {
    auto& table = table_of(stream);
    if (incarnation != table.incarnation || seq >= table.next_seq) {
        return fail(ErrorCode::conflict,
                    "outbox: {} number {} of incarnation {:016x} was acknowledged, but {} is next of {:016x}",
                    stream_tables[static_cast<size_t>(stream)], seq, incarnation, table.next_seq, table.incarnation);
    }
    if (seq <= table.acked_seq) {
        return {};
    }
    VIGIE_CHECK(database_.begin(false));
    auto done = ack_in_transaction(table, seq);
    if (done) {
        done = commit(false);
    }
    return done ? Result<void>{} : fail(undo(std::move(done.error())));
}

Result<void> Outbox::ack_in_transaction(StreamTable& table, uint64_t seq) {
    // At rest each ack covers all there is, and the rows need not be counted.
    auto acked_cost = table.cost;
    if (seq + 1 < table.next_seq) {
        VIGIE_TRY(const auto newly, total_between(table, table.acked_seq + 1, seq));
        acked_cost = table.acked_cost + newly.cost;
    }
    table.set_acked.bind(1, signed_of(seq));
    VIGIE_CHECK(table.set_acked.run());
    table.acked_seq = seq;
    table.acked_cost = acked_cost;
    while (table.acked_rows() > limits_.rewind_rows_max || table.acked_cost > limits_.rewind_max.count) {
        VIGIE_CHECK(drop_oldest(table));
    }
    return {};
}

protocol::StreamState Outbox::state(Stream stream) const {
    const auto& table = table_of(stream);
    return {
        .stream = stream, .incarnation = table.incarnation, .oldest_seq = table.oldest_seq, .next_seq = table.next_seq};
}

uint64_t Outbox::acked_seq(Stream stream) const {
    return table_of(stream).acked_seq;
}

uint64_t Outbox::unacked_rows(Stream stream) const {
    const auto& table = table_of(stream);
    return table.rows() - table.acked_rows();
}

Bytes Outbox::used() const {
    Bytes sum;
    for (const auto& table : tables_) {
        sum.count += table->cost;
    }
    return sum;
}

Result<void> Outbox::sync() {
    if (has_unsynced_) {
        VIGIE_CHECK(database_.sync());
        has_unsynced_ = false;
    }
    return {};
}

}  // namespace vigie::agent
