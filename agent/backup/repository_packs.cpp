// What is there of the packs: those that the index promises, those that nobody lists, and their own headers.
#include <algorithm>
#include <unordered_map>

#include "agent/backup/repository.hpp"

namespace vigie::agent::backup {
namespace {

std::vector<LostPack> find_lost(const Index& index, const std::vector<StoredFile>& packs, ShortPacks of_short) {
    std::unordered_map<Id, uint64_t, IdHash> sizes;
    for (const auto& pack : packs) {
        sizes.emplace(pack.id, pack.bytes);
    }
    std::unordered_map<Id, size_t, IdHash> numbers;
    std::vector<LostPack> lost;
    for (const auto& [pack, end] : index.pack_ends()) {
        const auto size = sizes.find(pack);
        if (size == sizes.end() || size->second < end) {
            numbers.emplace(pack, lost.size());
            lost.push_back({.id = pack, .is_missing = size == sizes.end(), .blobs = {}});
        }
    }
    if (!lost.empty()) {
        index.for_each([&](const Id& pack, const PackedBlob& blob) {
            const auto number = numbers.find(pack);
            if (number != numbers.end() &&
                (lost[number->second].is_missing || of_short == ShortPacks::leave_out || end_of(blob) > sizes[pack])) {
                lost[number->second].blobs.push_back(blob);
            }
        });
    }
    return lost;
}

// Should the folder with the packs be gone, there are thousands.
constexpr size_t lost_packs_told_max = 10;

}  // namespace

std::vector<std::string> describe_lost(const std::vector<LostPack>& packs, std::string_view then) {
    std::vector<std::string> sentences;
    for (const auto& pack : packs) {
        if (sentences.size() == lost_packs_told_max) {
            sentences.push_back(fmt::format("and {} packs more; {}", packs.size() - lost_packs_told_max, then));
            break;
        }
        sentences.push_back(fmt::format("{} {} although the index lists {} blobs in it; {}",
                                        describe(FileKind::pack, pack.id), pack.is_missing ? "is gone" : "is too short",
                                        pack.blobs.size(), then));
    }
    return sentences;
}

// The listing comes after the index, and packs are written before the index that lists them: a backup that runs beside
// this one can't look like a loss.
Result<PackCheck> Repository::leave_out_lost_packs(ShortPacks of_short) {
    PackCheck check;
    for (;;) {
        VIGIE_TRY(check.packs, storage_.list(FileKind::pack));
        auto lost = find_lost(index_, check.packs, of_short);
        std::erase_if(lost, [&check](const LostPack& pack) {
            return std::any_of(check.lost.begin(), check.lost.end(),
                               [&](const auto& each) { return each.id == pack.id; });
        });
        const bool has_lost =
            std::any_of(lost.begin(), lost.end(), [](const auto& pack) { return !pack.blobs.empty(); });
        std::move(lost.begin(), lost.end(), std::back_inserter(check.lost));
        if (!has_lost) {
            return check;
        }
        index_ = Index();
        for (const auto& pack : check.lost) {
            index_.limit_pack(pack.id, 0);
        }
        for (const auto& pack : check.packs) {
            if (of_short == ShortPacks::use_what_is_there) {
                index_.limit_pack(pack.id, pack.bytes);
            }
        }
        std::vector<Error> told_before;
        VIGIE_CHECK(load_index(&told_before));
    }
}

bool Repository::is_whole_elsewhere(const LostPack& pack) const {
    return std::all_of(pack.blobs.begin(), pack.blobs.end(),
                       [this](const PackedBlob& blob) { return index_.has(blob.kind, blob.id); });
}

Result<size_t> Repository::adopt_packs(const std::vector<StoredFile>& packs) {
    size_t adopted = 0;
    for (const auto& file : packs) {
        if (index_.has_pack(file.id)) {
            continue;
        }
        auto blobs = load_pack_header(file.id, file.bytes);
        if (!blobs) {
            continue;  // of no use, and no harm: nothing refers to it
        }
        for (const auto& blob : *blobs) {
            index_.add(file.id, blob);
        }
        unindexed_blobs_ += blobs->size();
        unindexed_.emplace_back(file.id, std::move(*blobs));
        ++adopted;
    }
    return adopted;
}

Result<std::vector<PackedBlob>> Repository::open_pack_header(std::string_view sealed_header) {
    VIGIE_TRY(const auto header, cipher_.open(sealed_header));
    return parse_pack_header(header);
}

Result<std::vector<PackedBlob>> Repository::load_pack_header(const Id& pack, uint64_t pack_bytes) {
    const auto what = describe(FileKind::pack, pack);
    if (pack_bytes < pack_trailer_bytes) {
        return fail(ErrorCode::corrupt, "{}: has only {} bytes", what, pack_bytes);
    }
    const auto trailer_at = pack_bytes - pack_trailer_bytes;
    VIGIE_TRY(const auto trailer, storage_.load_range(FileKind::pack, pack, trailer_at, pack_trailer_bytes));
    auto length = parse_pack_trailer(trailer, pack_bytes);
    if (!length) {
        return fail(length.error().at(what));
    }
    VIGIE_TRY(const auto sealed, storage_.load_range(FileKind::pack, pack, trailer_at - *length, *length));
    auto blobs = open_pack_header(sealed);
    if (!blobs) {
        return fail(blobs.error().at(what));
    }
    const uint64_t blobs_end = blobs->empty() ? 0 : end_of(blobs->back());
    if (blobs_end + *length != trailer_at) {
        return fail(ErrorCode::corrupt, "{}: its header tells of {} bytes of blobs, there are {}", what, blobs_end,
                    trailer_at - *length);
    }
    return std::move(*blobs);
}

}  // namespace vigie::agent::backup
