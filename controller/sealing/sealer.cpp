// Host by host in the order of the head's keys: all rows of one host in one bucket stand together.
//
// The end of the rows: an incarnation's numbers only grow (ingest applies last + 1), so whatever arrives for this
// bucket after the snapshot has a number above those read. Erasing from the first to the last that was read can't meet
// it.
#include "controller/sealing/sealer.hpp"

#include <algorithm>

#include "controller/sealing/host_series.hpp"
#include "controller/sealing/tier_progress.hpp"

namespace vigie::controller {

struct Sealer::Read {
    const StoreSnapshot& store;
    WallTime now;
    std::unique_ptr<StoreCursor> head;
    BlockReader blocks;
    std::optional<Piece> piece;
    SealedPiece sealed;
};

namespace {

// The rows of one incarnation that were read.
struct RowRange {
    uint64_t incarnation;
    uint64_t first;
    uint64_t last;
};

struct HostRows {
    HostTable table;
    std::vector<RowRange> ranges;
};

// Moves the cursor behind the host's rows.
Result<HostRows> read_rows(StoreCursor& head, const std::string& prefix) {
    HostRows rows;
    for (; head.is_at_row() && head.key().starts_with(prefix); head.next()) {
        VIGIE_TRY(const auto key, keys::read_head(head.key()));
        VIGIE_CHECK(rows.table.add(head.value()));
        VIGIE_TRY(const auto row, view_sample_row(head.value()));
        if (keys::head_bucket(row.sampled_at) != key.bucket) {
            return fail(ErrorCode::corrupt, "store: a row of samples stands under a time that is not its own");
        }
        if (rows.ranges.empty() || rows.ranges.back().incarnation != key.incarnation) {
            rows.ranges.push_back({key.incarnation, key.seq, key.seq});
        }
        rows.ranges.back().last = key.seq;
    }
    VIGIE_CHECK(head.status());
    return rows;
}

// What the host's block holds already goes into the table, before the rows: its times too, since one at which the host
// had no series is what ended them.
Result<void> add_old_block(const StoreSnapshot& store, BlockReader& blocks, uint32_t bucket, const HostBlock& old,
                           const AgentId& agent, Places& places, HostTable& table) {
    VIGIE_TRY(const auto ids, series_of(store, agent));
    table.add_block_times(old.times_ms);
    blocks::Chunk chunk;
    for (const auto id : ids) {
        VIGIE_TRY(const auto place, places.place(store, id));
        VIGIE_TRY(const auto bytes, blocks.chunk(Tier::raw, bucket, old.piece, place, id));
        if (bytes) {
            VIGIE_CHECK(blocks::decode_chunk(*bytes, old.times_ms.size(), chunk));
            table.add_block(old.times_ms, id, chunk);
        }
    }
    return {};
}

}  // namespace

// Whether nothing has come for it in a while, by the row that came last of each outbox: which of two is the newer one
// their incarnations don't tell.
Result<bool> Sealer::is_settled(Read& read, uint32_t bucket, const AgentId& agent) const {
    const auto prefix = keys::head_prefix(bucket, agent);
    auto before = keys::after_prefix(prefix);
    while (read.head->seek_back(before) && read.head->key().starts_with(prefix)) {
        VIGIE_TRY(const auto row, view_sample_row(read.head->value()));
        if (row.received_at > read.now - limits_.after) {
            return false;
        }
        VIGIE_TRY(const auto key, keys::read_head(read.head->key()));
        before = keys::head(bucket, agent, key.incarnation, 0);  // numbers begin at 1
    }
    return read.head->status().map([] { return true; });
}

// Adds to the piece only once all is read, so that a host that can't be leaves nothing behind.
Result<Sealer::Sealed> Sealer::seal_host(Read& read, uint32_t bucket, const AgentId& agent) {
    const auto prefix = keys::head_prefix(bucket, agent);
    VIGIE_TRY(const bool is_quiet, is_settled(read, bucket, agent));
    VIGIE_TRY(const auto old, read.blocks.block(Tier::raw, bucket, agent));
    if (!is_quiet) {
        return Sealed::not_yet;
    }
    if (old && old->seals >= limits_.seals_max) {
        return Sealed::too_often;
    }
    read.head->seek(prefix);
    VIGIE_TRY(auto rows, read_rows(*read.head, prefix));
    HostTable& table = rows.table;
    if (old) {
        VIGIE_CHECK(add_old_block(read.store, read.blocks, bucket, *old, agent, places_, table));
    }
    table.turn();
    std::vector<uint64_t> places;
    for (const auto& column : table.columns()) {
        VIGIE_TRY(places.emplace_back(), places_.place(read.store, column.series));
    }
    const auto coarser = slot_of(Tier::five_minutes, wall_from_unix_ms(span_of(Tier::raw, bucket).start_ms));
    VIGIE_TRY(const bool is_late, is_begun(read.store, Tier::five_minutes, coarser));
    if (!read.piece) {
        VIGIE_TRY(const auto number, next_piece(read.store, Tier::raw, bucket));
        read.piece.emplace(Tier::raw, bucket, number);
    }
    for (size_t i = 0; i < places.size(); ++i) {
        const auto& column = table.columns()[i];
        read.piece->add_chunk(
            places[i], column.series,
            blocks::encode_chunk(blocks::runs_of(column.moments), column.values, table.times_ms().size()));
    }
    read.piece->add_host(agent, table.times_ms(), old ? old->seals : uint8_t{0});
    for (const auto& range : rows.ranges) {
        read.sealed.batch.erase_range(Family::head, keys::head(bucket, agent, range.incarnation, range.first),
                                      keys::head(bucket, agent, range.incarnation, range.last) + '\0');
    }
    if (is_late) {
        read.sealed.batch.put(Family::chunks, remake_key(Tier::five_minutes, coarser, agent), "");
    }
    read.sealed.samples += table.samples();
    return Sealed::yes;
}

// A row of any age is sealed first, since the coarser tiers keep for years what it says.
Result<void> Sealer::seal_or_retire(Read& read, uint32_t bucket, const AgentId& agent) {
    const auto sealed = seal_host(read, bucket, agent);
    if (!sealed && sealed.error().code != ErrorCode::corrupt) {
        return fail(sealed.error());
    }
    if (!sealed) {
        passed_over_.push_back(sealed.error().at(agent.value));
    }
    const bool can_be_sealed = sealed && *sealed != Sealed::too_often;
    if (!can_be_sealed && bucket < keys::head_bucket(read.now - limits_.raw_retention)) {
        const auto prefix = keys::head_prefix(bucket, agent);
        read.sealed.batch.erase_range(Family::head, prefix, keys::after_prefix(prefix));
    }
    return {};
}

Result<std::optional<SealedPiece>> Sealer::next(const StoreSnapshot& store, WallTime now, const Cancelled* cancelled) {
    Read read{store, now, store.cursor(Family::head), BlockReader(store), {}, {}};
    if (after_.empty()) {
        passed_over_.clear();
    }
    auto piece = go_on(read, cancelled);
    if (!piece || !*piece) {
        after_.clear();
    }
    return piece;
}

Result<std::optional<SealedPiece>> Sealer::go_on(Read& read, const Cancelled* cancelled) {
    const auto open_from = keys::head_bucket(read.now - limits_.after);
    const auto retired_before = keys::head_bucket_start(keys::head_bucket(read.now - limits_.raw_retention));
    while (read.head->seek(after_)) {
        VIGIE_CHECK(check_cancelled(cancelled));
        const auto key = keys::read_head(read.head->key());
        if (!key) {
            passed_over_.push_back(key.error());
            after_ = std::string(read.head->key()) + '\0';
            if (read.head->key() < retired_before) {
                read.sealed.batch.erase(Family::head, std::string(read.head->key()));
            }
            continue;
        }
        const bool is_full =
            read.piece && (read.piece->slot() != key->bucket || read.piece->hosts() >= limits_.hosts_max ||
                           read.piece->bytes() >= limits_.piece_max.count);
        if (key->bucket >= open_from || is_full) {
            break;
        }
        VIGIE_CHECK(seal_or_retire(read, key->bucket, key->agent));
        after_ = keys::after_prefix(keys::head_prefix(key->bucket, key->agent));
    }
    VIGIE_CHECK(read.head->status());
    if (read.piece) {
        read.sealed.hosts = read.piece->hosts();
        read.piece->put(read.sealed.batch);
    }
    if (read.sealed.batch.is_empty()) {
        return std::nullopt;
    }
    return std::optional(std::move(read.sealed));
}

}  // namespace vigie::controller
