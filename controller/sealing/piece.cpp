// Chunks sorted by place, cut into packs.
#include "controller/sealing/piece.hpp"

#include <algorithm>
#include <utility>

namespace vigie::controller {

namespace {
// Who reads one series walks one pack; a pack's row is read and inflated whole. 64 chunks of 120 samples are some 8 KB.
constexpr size_t pack_chunks_max = 64;
constexpr size_t pack_bytes_max = size_t{16} << 10;
// Series of another kind begin a pack of their own once this one is worth its row.
constexpr size_t pack_chunks_of_kind = 16;
}  // namespace

void Piece::add_chunk(uint64_t place, uint64_t series, const std::string& chunk) {
    entries_.push_back({place, series, chunks_.size(), chunk.size()});
    chunks_ += chunk;
}

void Piece::add_host(const AgentId& agent, std::vector<int64_t> times_ms, uint8_t seals_before) {
    ++hosts_;
    const HostBlock block{.piece = number_,
                          .seals = static_cast<uint8_t>(seals_before == UINT8_MAX ? UINT8_MAX : seals_before + 1),
                          .times_ms = std::move(times_ms)};
    times_.put(Family::chunks, keys::block_times(static_cast<uint8_t>(tier_), slot_, agent),
               block_times_row(block, span_of(tier_, slot_)));
}

void Piece::put(StoreBatch& batch) {
    std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
        return std::pair(a.place, a.series) < std::pair(b.place, b.series);
    });
    blocks::PackWriter pack;
    std::string key;
    uint64_t place = 0;
    const auto end_pack = [&] {
        if (pack.count() > 0) {
            batch.put(Family::chunks, std::exchange(key, {}), pack.take());
        }
    };
    for (const auto& entry : entries_) {
        const bool is_full = pack.count() == pack_chunks_max || pack.bytes() >= pack_bytes_max ||
                             (entry.place != place && pack.count() >= pack_chunks_of_kind);
        if (is_full) {
            end_pack();
        }
        if (pack.count() == 0) {
            key = keys::block_pack(static_cast<uint8_t>(tier_), slot_, number_, entry.place, entry.series);
        }
        place = entry.place;
        pack.add(entry.series, std::string_view(chunks_).substr(entry.first, entry.bytes));
    }
    end_pack();
    batch.append(std::move(times_));
}

}  // namespace vigie::controller
