// Which pack holds a blob, for all blobs of a repository. Flat: an entry of 56 bytes and 4 to 8 bytes of hash slots for
// each blob, so that a million blobs take some 64 MiB.
#pragma once
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include "agent/backup/pack.hpp"

namespace vigie::agent::backup {

struct BlobPlace {
    Id pack;
    PackedBlob blob;
};

class Index {
  public:
    // The first place of a blob that is told counts; later ones are passed over.
    void add(const Id& pack, const PackedBlob& blob);
    void add_pack(const Id& pack);  // known although it may hold nothing
    // From now on add() passes over what lies beyond so many bytes of the pack: 0 for one that is not there.
    void limit_pack(const Id& pack, uint64_t bytes) { limits_[pack] = bytes; }
    std::optional<BlobPlace> find(BlobKind kind, const Id& id) const;
    bool has(BlobKind kind, const Id& id) const { return slot_of(kind, id) != no_entry; }
    bool has_pack(const Id& pack) const { return pack_numbers_.contains(pack); }
    size_t size() const { return entries_.size(); }
    // Blobs are numbered from 0 in the order they were told, for flags that are kept beside the index.
    std::optional<uint32_t> number_of(BlobKind kind, const Id& id) const;
    BlobPlace at(uint32_t number) const;
    size_t packs() const { return packs_.size(); }

    // Each pack, and the bytes that it must have at least for the blobs that are found in it.
    std::vector<std::pair<Id, uint64_t>> pack_ends() const;
    // Every blob with its pack, in the order they were told.
    void for_each(const std::function<void(const Id& pack, const PackedBlob&)>& visit) const;

  private:
    struct Entry {
        PackedBlob blob;
        uint32_t pack = 0;
    };
    static constexpr uint32_t no_entry = UINT32_MAX;
    uint32_t slot_of(BlobKind kind, const Id& id) const;  // the entry's number
    void place(uint32_t number);
    void grow();
    uint32_t number_of_pack(const Id& pack);
    bool is_beyond_limit(const Id& pack, const PackedBlob& blob) const;

    std::deque<Entry> entries_;    // grows without copying
    std::vector<uint32_t> slots_;  // open addressing, a power of two, at most 3/4 full
    std::deque<Id> packs_;
    std::unordered_map<Id, uint32_t, IdHash> pack_numbers_;
    std::unordered_map<Id, uint64_t, IdHash> limits_;
};

// The blobs of packs, as an index file holds them.
using PackContents = std::pair<Id, std::vector<PackedBlob>>;
std::string format_index_file(const std::vector<PackContents>& packs);
// Adds all that the file lists; malformed leaves the index with a part of it. `what` names the file in the error.
Result<void> parse_index_file(std::string_view json, std::string_view what, Index& index);

}  // namespace vigie::agent::backup
