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
    const Cancelled* cancelled;
    BlockReader finer;
    BlockReader old;  // one of its own, so that packs of both tiers stay open
    std::optional<Piece> piece;
    SealedPiece made;

    // What is damaged is left out, and said. Any other error is one of the step.
    template <typename T>
    Result<std::optional<T>> unless_damaged(Result<T> result, const AgentId& agent) {
        if (result) {
            return std::optional<T>(std::move(*result));
        }
        if (result.error().code != ErrorCode::corrupt) {
            return fail(std::move(result.error()));
        }
        made.pass_over(result.error(), agent);
        return std::nullopt;
    }
};

struct Downsampler::Folded {
    uint64_t series;
    uint64_t place;
    std::vector<WindowSample> samples{};
};

// The host's blocks of the finer tier in the slot.
Result<std::vector<Downsampler::FinerBlock>> Downsampler::finer_blocks(Read& read, uint32_t slot,
                                                                       const AgentId& agent) const {
    const auto from = finer(tier_);
    std::vector<FinerBlock> found;
    const auto last = slot_of(from, end_of(tier_, slot) - 1ms);
    for (auto one = slot_of(from, start_of(tier_, slot)); one <= last; ++one) {
        VIGIE_TRY(auto block, read.unless_damaged(read.finer.block(from, one, agent), agent));
        if (block && *block) {
            found.push_back({one, std::move(**block)});
        }
    }
    return found;
}

// The windows of one series, of all its chunks that can be read.
Result<std::vector<WindowSample>> Downsampler::windows_of(Read& read, const AgentId& agent,
                                                          const std::vector<FinerBlock>& from,
                                                          const Folded& series) const {
    std::vector<WindowSample> samples;
    for (const auto& [slot, block] : from) {
        VIGIE_TRY(
            const auto bytes,
            read.unless_damaged(read.finer.chunk(finer(tier_), slot, block.piece, series.place, series.series), agent));
        if (bytes && *bytes) {
            VIGIE_TRY(const auto some, read.unless_damaged(read_finer(finer(tier_), **bytes, block), agent));
            if (some) {
                samples.insert(samples.end(), some->begin(), some->end());
            }
        }
    }
    read.made.samples += samples.size();
    return fold(samples, width_of(tier_));
}

// What the block that is replaced holds of the series.
Result<std::vector<WindowSample>> Downsampler::old_windows(Read& read, const AgentId& agent, uint32_t slot,
                                                           const HostBlock& old, const Folded& series) const {
    VIGIE_TRY(const auto bytes,
              read.unless_damaged(read.old.chunk(tier_, slot, old.piece, series.place, series.series), agent));
    if (!bytes || !*bytes) {
        return std::vector<WindowSample>{};
    }
    VIGIE_TRY(auto windows, read.unless_damaged(read_windows(**bytes, old.times_ms), agent));
    return windows ? std::move(*windows) : std::vector<WindowSample>{};
}

// The host's block of the slot, of what there is of the finer tier. A window that the old block has and that the finer
// tier has nothing of any more, because it went by age or is damaged, stays as it is.
Result<void> Downsampler::make_host(Read& read, uint32_t slot, const AgentId& agent) {
    VIGIE_TRY(const auto from, finer_blocks(read, slot, agent));
    if (from.empty()) {
        return {};
    }
    VIGIE_TRY(const auto found, read.unless_damaged(read.old.block(tier_, slot, agent), agent));
    const auto old = found.value_or(std::nullopt);
    VIGIE_TRY(const auto ids, series_of(read.store, agent));
    std::vector<Folded> folded;
    for (const auto id : ids) {
        VIGIE_TRY(const auto place, places_.place(read.store, id));
        Folded series{id, place};
        VIGIE_TRY(series.samples, windows_of(read, agent, from, series));
        if (old) {
            VIGIE_TRY(const auto before, old_windows(read, agent, slot, *old, series));
            series.samples = merge_windows(before, series.samples, width_of(tier_));
        }
        if (!series.samples.empty()) {
            folded.push_back(std::move(series));
        }
    }
    return folded.empty() ? Result<void>() : add_host(read, slot, agent, folded, old ? old->seals : uint8_t{0});
}

// Adds to the piece only once all is read. Hours that are begun are to be made again of five minutes that changed.
Result<void> Downsampler::add_host(Read& read, uint32_t slot, const AgentId& agent, const std::vector<Folded>& folded,
                                   uint8_t seals_before) const {
    std::map<int64_t, int64_t> last_of_window;
    for (const auto& series : folded) {
        for (const auto& sample : series.samples) {
            auto& newest = last_of_window[sample.at_ms / width_of(tier_).count()];
            newest = std::max(newest, sample.at_ms);
        }
    }
    std::vector<int64_t> windows;
    std::vector<int64_t> times_ms;
    for (const auto& [window, newest] : last_of_window) {
        windows.push_back(window);
        times_ms.push_back(newest);
    }
    const auto coarser = slot_of(Tier::hour, start_of(tier_, slot));
    VIGIE_TRY(const bool is_late, is_begun(read.store, Tier::hour, coarser));
    if (!read.piece) {
        VIGIE_TRY(const auto number, next_piece(read.store, tier_, slot));
        read.piece.emplace(tier_, slot, number);
    }
    for (const auto& series : folded) {
        read.piece->add_chunk(series.place, series.series, chunk_of(series.samples, windows, width_of(tier_)));
    }
    read.piece->add_host(agent, std::move(times_ms), seals_before);
    if (tier_ == Tier::five_minutes && is_late) {
        read.made.batch.put(Family::chunks, remake_key(Tier::hour, coarser, agent), "");
    }
    return {};
}

// Which of the host can't be read at all is left out too.
Result<void> Downsampler::take_host(Read& read, uint32_t slot, const AgentId& agent) {
    VIGIE_CHECK(check_cancelled(read.cancelled));
    auto made = make_host(read, slot, agent);
    if (!made && made.error().code == ErrorCode::corrupt) {
        read.made.pass_over(made.error(), agent);
        return {};
    }
    return made;
}

bool Downsampler::is_full(const Read& read) const {
    return read.piece && (read.piece->hosts() >= limits_.hosts_max || read.piece->bytes() >= limits_.piece_max.count);
}

std::optional<SealedPiece> Downsampler::finish(Read& read) const {
    read.made.tier = tier_;
    if (read.piece) {
        read.made.hosts = read.piece->hosts();
        read.piece->put(read.made.batch);
    }
    return read.made.batch.is_empty() ? std::nullopt : std::optional(std::move(read.made));
}

Result<std::optional<SealedPiece>> Downsampler::next(const StoreSnapshot& store, WallTime now,
                                                     const Cancelled* cancelled) {
    Read read{store, now, cancelled, BlockReader(store), BlockReader(store), {}, {}};
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
        if (is_full(read)) {
            break;
        }
        VIGIE_CHECK(take_host(read, note.slot, note.agent));
        read.made.batch.erase(Family::chunks, remake_key(tier_, note.slot, note.agent));
    }
    return finish(read);
}

// The slot that is to be made next: all of it is over, and the finer tier is made.
Result<std::optional<uint32_t>> Downsampler::next_slot(Read& read) const {
    const auto from = finer(tier_);
    VIGIE_TRY(const auto made, made_before(read.store, tier_));
    VIGIE_TRY(const auto stored, read.finer.slot_from(from, made ? slot_of(from, start_of(tier_, *made)) : 0));
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
        VIGIE_TRY(auto some, read.finer.hosts(from, one));
        hosts.insert(std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
    }
    auto host = after_ && after_->slot == *slot ? hosts.upper_bound(after_->host) : hosts.begin();
    for (; host != hosts.end() && !is_full(read); ++host) {
        VIGIE_CHECK(take_host(read, *slot, *host));
    }
    if (host == hosts.end()) {
        after_ = {};
        put_made_before(tier_, *slot + 1, read.made.batch);
    } else {
        after_ = Place{*slot, *std::prev(host)};
        put_being_made(tier_, *slot, read.made.batch);
    }
    return finish(read);
}

}  // namespace vigie::controller
