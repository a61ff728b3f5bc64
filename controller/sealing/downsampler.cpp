// A host at a time: its blocks of the finer tier in the slot, series by series, folded into windows. What is in the
// head still, because it is damaged or came late too often, is not in coarser tiers.
#include "controller/sealing/downsampler.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "controller/blocks/chunk.hpp"
#include "controller/sealing/host_series.hpp"
#include "controller/sealing/tier_progress.hpp"

namespace vigie::controller {

namespace {

constexpr Tier finer(Tier tier) {
    return tier == Tier::hour ? Tier::five_minutes : Tier::raw;
}

WallTime start_of(Tier tier, uint32_t slot) {
    return wall_from_unix_ms(span_of(tier, slot).start_ms);
}
WallTime end_of(Tier tier, uint32_t slot) {
    return wall_from_unix_ms(span_of(tier, slot).end_ms);
}

// The samples of one series in a block of the finer tier.
Result<std::vector<WindowSample>> read_finer(Tier tier, std::string_view bytes, const HostBlock& block) {
    if (tier != Tier::raw) {
        return read_windows(bytes, block.times_ms);
    }
    blocks::Chunk chunk;
    VIGIE_CHECK(blocks::decode_chunk(bytes, block.times_ms.size(), chunk));
    std::vector<WindowSample> samples;
    for (const auto& run : chunk.runs) {
        for (uint32_t i = 0; i < run.count; ++i) {
            samples.push_back(window_of(block.times_ms[run.first + i], chunk.values[samples.size()]));
        }
    }
    return samples;
}

// Places of the samples' windows among all that the host has, and the columns of a chunk.
std::string chunk_of(std::span<const WindowSample> samples, std::span<const int64_t> windows, milliseconds width) {
    std::vector<uint32_t> places;
    std::array<std::vector<double>, window_columns> columns;
    for (const auto& sample : samples) {
        const auto window = sample.at_ms / width.count();
        places.push_back(
            static_cast<uint32_t>(std::lower_bound(windows.begin(), windows.end(), window) - windows.begin()));
        const std::array values{sample.min, sample.max, sample.sum, sample.count, sample.last};
        for (size_t i = 0; i < window_columns; ++i) {
            columns[i].push_back(values[i]);
        }
    }
    return blocks::encode_columns(blocks::runs_of(places), columns, windows.size());
}

}  // namespace

struct Downsampler::Read {
    const StoreSnapshot& store;
    WallTime now;
    BlockReader blocks;
    std::optional<Piece> piece;
    SealedPiece made;
};

// The host's blocks of the finer tier in the slot.
Result<std::vector<Downsampler::FinerBlock>> Downsampler::finer_blocks(Read& read, uint32_t slot,
                                                                       const AgentId& agent) const {
    const auto from = finer(tier_);
    std::vector<FinerBlock> found;
    const auto last = slot_of(from, end_of(tier_, slot) - 1ms);
    for (auto one = slot_of(from, start_of(tier_, slot)); one <= last; ++one) {
        VIGIE_TRY(auto block, read.blocks.block(from, one, agent));
        if (block) {
            found.push_back({one, std::move(*block)});
        }
    }
    return found;
}

// The windows of one series.
Result<std::vector<WindowSample>> Downsampler::windows_of(Read& read, const std::vector<FinerBlock>& from,
                                                          uint64_t place, uint64_t series) const {
    std::vector<WindowSample> samples;
    for (const auto& [slot, block] : from) {
        VIGIE_TRY(const auto bytes, read.blocks.chunk(finer(tier_), slot, block.piece, place, series));
        if (bytes) {
            VIGIE_TRY(const auto some, read_finer(finer(tier_), *bytes, block));
            samples.insert(samples.end(), some.begin(), some.end());
        }
    }
    read.made.samples += samples.size();
    return fold(samples, width_of(tier_));
}

// The host's block of the slot.
Result<void> Downsampler::make_host(Read& read, uint32_t slot, const AgentId& agent) {
    VIGIE_TRY(const auto from, finer_blocks(read, slot, agent));
    if (from.empty()) {
        return {};
    }
    VIGIE_TRY(const auto series, series_of(read.store, agent));
    struct Folded {
        uint64_t place;
        uint64_t series;
        std::vector<WindowSample> samples;
    };
    std::vector<Folded> folded;
    std::map<int64_t, int64_t> last_of_window;
    for (const auto id : series) {
        VIGIE_TRY(const auto place, places_.place(read.store, id));
        VIGIE_TRY(auto samples, windows_of(read, from, place, id));
        for (const auto& sample : samples) {
            auto& newest = last_of_window[sample.at_ms / width_of(tier_).count()];
            newest = std::max(newest, sample.at_ms);
        }
        if (!samples.empty()) {
            folded.push_back({place, id, std::move(samples)});
        }
    }
    std::vector<int64_t> windows;
    std::vector<int64_t> times_ms;
    for (const auto& [window, newest] : last_of_window) {
        windows.push_back(window);
        times_ms.push_back(newest);
    }
    if (windows.empty()) {
        return {};
    }
    if (!read.piece) {
        VIGIE_TRY(const auto number, next_piece(read.store, tier_, slot));
        read.piece.emplace(tier_, slot, number);
    }
    for (const auto& [place, id, samples] : folded) {
        read.piece->add_chunk(place, id, chunk_of(samples, windows, width_of(tier_)));
    }
    VIGIE_TRY(const auto old, read.blocks.block(tier_, slot, agent));
    read.piece->add_host(agent, std::move(times_ms), old ? old->seals : uint8_t{0});
    return note_coarser(read, slot, agent);
}

// Hours that are made already are to be made again of five minutes that changed.
Result<void> Downsampler::note_coarser(Read& read, uint32_t slot, const AgentId& agent) const {
    if (tier_ == Tier::hour) {
        return {};
    }
    const auto coarser = slot_of(Tier::hour, start_of(tier_, slot));
    VIGIE_TRY(const auto made, made_before(read.store, Tier::hour));
    if (made && coarser < *made) {
        read.made.batch.put(Family::chunks, remake_key(Tier::hour, coarser, agent), "");
    }
    return {};
}

std::optional<SealedPiece> Downsampler::finish(Read& read) {
    if (read.piece && read.piece->hosts() > 0) {
        read.made.hosts = read.piece->hosts();
        read.piece->put(read.made.batch);
    }
    return read.made.batch.is_empty() ? std::nullopt : std::optional(std::move(read.made));
}

Result<std::optional<SealedPiece>> Downsampler::next(const StoreSnapshot& store, WallTime now) {
    Read read{store, now, BlockReader(store), {}, {}};
    passed_over_.clear();
    VIGIE_TRY(auto made, remake(read));
    return made ? Result<std::optional<SealedPiece>>(std::move(made)) : go_on(read);
}

// The blocks of some hosts in the first slot in which any is to be made again.
Result<std::optional<SealedPiece>> Downsampler::remake(Read& read) {
    const auto start = remake_start(tier_);
    std::vector<keys::BlockKey> noted;
    Result<void> found;
    VIGIE_CHECK(read.store.scan(Family::chunks, start, keys::after_prefix(start), [&](std::string_view key, auto) {
        auto note = keys::read_block(key);
        if (!note) {
            found = fail(note.error());
            return false;
        }
        if (!noted.empty() && note->slot != noted.front().slot) {
            return false;
        }
        noted.push_back(std::move(*note));
        return noted.size() < limits_.hosts_max;
    }));
    VIGIE_CHECK(std::move(found));
    for (const auto& note : noted) {
        auto made = make_host(read, note.slot, note.agent);
        if (!made && made.error().code != ErrorCode::corrupt) {
            return fail(std::move(made.error()));
        }
        if (!made) {
            passed_over_.push_back(made.error().at(note.agent.value));
        }
        read.made.batch.erase(Family::chunks, remake_key(tier_, note.slot, note.agent));
    }
    return finish(read);
}

// The slot that is to be made next: all of it is over, and the finer tier is made.
Result<std::optional<uint32_t>> Downsampler::next_slot(Read& read) const {
    const auto from = finer(tier_);
    VIGIE_TRY(const auto made, made_before(read.store, tier_));
    VIGIE_TRY(const auto stored, read.blocks.slot_from(from, made ? slot_of(from, start_of(tier_, *made)) : 0));
    if (!stored) {
        return std::nullopt;
    }
    const auto slot = slot_of(tier_, start_of(from, *stored));
    if (end_of(tier_, slot) + limits_.after > read.now) {
        return std::nullopt;
    }
    if (from != Tier::raw) {
        VIGIE_TRY(const auto finer_made, made_before(read.store, from));
        if (!finer_made || start_of(from, *finer_made) < end_of(tier_, slot)) {
            return std::nullopt;
        }
    }
    return slot;
}

Result<std::optional<SealedPiece>> Downsampler::go_on(Read& read) {
    VIGIE_TRY(const auto slot, next_slot(read));
    if (!slot) {
        return std::nullopt;
    }
    const auto from = finer(tier_);
    std::set<AgentId> hosts;
    for (auto one = slot_of(from, start_of(tier_, *slot)); start_of(from, one) < end_of(tier_, *slot); ++one) {
        VIGIE_TRY(auto some, read.blocks.hosts(from, one));
        hosts.insert(std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
    }
    auto host = after_ ? hosts.upper_bound(*after_) : hosts.begin();
    for (; host != hosts.end(); ++host) {
        if (read.piece &&
            (read.piece->hosts() >= limits_.hosts_max || read.piece->bytes() >= limits_.piece_max.count)) {
            return finish(read);
        }
        auto made = make_host(read, *slot, *host);
        if (!made && made.error().code != ErrorCode::corrupt) {
            return fail(std::move(made.error()));
        }
        if (!made) {
            passed_over_.push_back(made.error().at(host->value));
        }
        after_ = *host;
    }
    after_ = {};
    put_made_before(tier_, *slot + 1, read.made.batch);
    return finish(read);
}

}  // namespace vigie::controller
