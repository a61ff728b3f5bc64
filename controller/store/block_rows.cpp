// A row of times: u8 form, u8 seals, varint piece, the times (blocks/times.cpp).
#include "controller/store/block_rows.hpp"

#include <algorithm>

#include "shared/core/assert.hpp"

namespace vigie::controller {

namespace {

constexpr uint8_t times_form = 1;

// FNV-1a. What it gives stands in keys: it never changes.
class PlaceHash {
  public:
    void add(std::string_view text) {
        for (const char c : text) {
            add_byte(static_cast<uint8_t>(c));
        }
        add_byte(0xff);  // in no UTF-8, so that "ab", "c" is not "a", "bc"
    }
    uint32_t take() const { return static_cast<uint32_t>(state_ ^ state_ >> 32); }

  private:
    void add_byte(uint8_t byte) { state_ = (state_ ^ byte) * 0x100000001b3; }
    uint64_t state_ = 0xcbf29ce484222325;
};

bool is_of(std::string_view key, std::string_view prefix) {
    return key.starts_with(prefix);
}

}  // namespace

uint64_t place_of(const LabelSet& labels) {
    PlaceHash name;
    PlaceHash others;
    for (const auto& [label, value] : labels) {
        if (label == metric_name_label) {
            name.add(value);
        } else if (label != "instance" && !value.empty()) {
            others.add(label);
            others.add(value);
        }
    }
    return uint64_t{name.take()} << 32 | others.take();
}

std::string block_times_row(const HostBlock& block, const blocks::SlotSpan& slot) {
    blocks::ByteWriter out;
    out.u8(times_form);
    out.u8(block.seals);
    out.varint(block.piece);
    blocks::encode_times(block.times_ms, slot, out);
    return out.take();
}

Result<HostBlock> read_block_times_row(std::string_view row, const blocks::SlotSpan& slot) {
    blocks::ByteReader in(row);
    const auto form = in.u8();
    HostBlock block;
    block.seals = in.u8();
    const auto piece = in.varint();
    if (form != times_form || !in.is_ok() || piece > UINT32_MAX) {
        return fail(ErrorCode::corrupt, "store: a row of a block's times can't be read");
    }
    block.piece = static_cast<uint32_t>(piece);
    VIGIE_TRY(block.times_ms, blocks::decode_times(in, slot));
    if (!in.is_done() || block.times_ms.empty()) {
        return fail(ErrorCode::corrupt, "store: a row of a block's times can't be read");
    }
    return block;
}

Result<uint32_t> next_piece(const StoreReader& store, Tier tier, uint32_t slot) {
    const auto start = keys::block_packs_start(static_cast<uint8_t>(tier), slot);
    Result<uint32_t> next = 0;
    VIGIE_CHECK(store.scan_back(Family::chunks, start, keys::after_prefix(start), [&next](std::string_view key, auto) {
        next = keys::read_block(key).map([](const keys::BlockKey& block) { return block.piece + 1; });
        return false;
    }));
    return next;
}

BlockReader::BlockReader(const StoreSnapshot& snapshot)
    : times_(snapshot.cursor(Family::chunks)), packs_(snapshot.cursor(Family::chunks)) {}

Result<std::optional<uint32_t>> BlockReader::slot_from(Tier tier, uint32_t slot) {
    const auto number = static_cast<uint8_t>(tier);
    if (!times_->seek(keys::block_slot_start(number, slot))) {
        VIGIE_CHECK(times_->status());
        return std::nullopt;
    }
    VIGIE_TRY(const auto key, keys::read_block(times_->key()));
    return key.tier == number ? std::optional(key.slot) : std::nullopt;
}

Result<std::optional<uint32_t>> BlockReader::last_slot(Tier tier) {
    const auto number = static_cast<uint8_t>(tier);
    if (!times_->seek_back(keys::KeyWriter().u8(static_cast<uint8_t>(number + 1)).take())) {
        VIGIE_CHECK(times_->status());
        return std::nullopt;
    }
    VIGIE_TRY(const auto key, keys::read_block(times_->key()));
    return key.tier == number ? std::optional(key.slot) : std::nullopt;
}

Result<std::optional<HostBlock>> BlockReader::block(Tier tier, uint32_t slot, const AgentId& agent) {
    const auto wanted = keys::block_times(static_cast<uint8_t>(tier), slot, agent);
    // Asked for in order, it is mostly the row where the cursor stands, or the one after it.
    bool is_near = times_->is_at_row() && times_->key() <= wanted;
    if (is_near && times_->key() < wanted) {
        is_near = times_->next() && times_->key() <= wanted;
    }
    if (!(is_near && times_->key() == wanted) && !times_->seek(wanted)) {
        VIGIE_CHECK(times_->status());
        return std::nullopt;
    }
    if (times_->key() != wanted) {
        return std::nullopt;
    }
    auto block = read_block_times_row(times_->value(), span_of(tier, slot));
    if (!block) {
        return fail(block.error().at(agent.value));
    }
    return std::optional(std::move(*block));
}

Result<std::vector<AgentId>> BlockReader::hosts(Tier tier, uint32_t slot) {
    const auto number = static_cast<uint8_t>(tier);
    const auto end = keys::block_packs_start(number, slot);
    std::vector<AgentId> hosts;
    for (bool is_row = times_->seek(keys::block_slot_start(number, slot)); is_row && times_->key() < end;
         is_row = times_->next()) {
        VIGIE_TRY(auto key, keys::read_block(times_->key()));
        hosts.push_back(std::move(key.agent));
    }
    VIGIE_CHECK(times_->status());
    return hosts;
}

// The pack whose first series is at or before `key`, when there is one in the piece.
Result<void> BlockReader::open_pack(std::string_view key, std::string_view piece_start) {
    next_entry_ = 0;
    if (!packs_->seek_back(key) || !is_of(packs_->key(), piece_start)) {
        pack_key_.clear();
        return packs_->status();
    }
    pack_key_ = packs_->key();
    auto pack = blocks::Pack::read(packs_->value());
    if (!pack) {
        pack_key_.clear();
        return fail(pack.error());
    }
    pack_ = std::move(*pack);
    return {};
}

Result<std::optional<std::string_view>> BlockReader::chunk(Tier tier, uint32_t slot, uint32_t piece, uint64_t place,
                                                           uint64_t series) {
    const auto key = keys::block_pack(static_cast<uint8_t>(tier), slot, piece, place, series);
    const auto piece_start = std::string_view(key).substr(0, key.size() - 2 * sizeof(uint64_t));
    // Asked for in order, it is mostly in the pack that is open.
    for (const bool is_open : {true, false}) {
        if (is_open && (!is_of(pack_key_, piece_start) || pack_key_ > key)) {
            continue;
        }
        if (!is_open) {
            const auto before = pack_key_;
            VIGIE_CHECK(open_pack(key, piece_start));
            if (pack_key_.empty() || pack_key_ == before) {
                return std::nullopt;
            }
        }
        const auto& entries = pack_.entries();
        for (size_t i = 0; i < entries.size(); ++i) {
            const auto at = (next_entry_ + i) % entries.size();
            if (entries[at].series == series) {
                next_entry_ = at + 1;
                return std::optional(entries[at].chunk);
            }
        }
    }
    return std::nullopt;
}

}  // namespace vigie::controller
