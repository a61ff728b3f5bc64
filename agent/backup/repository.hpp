// A restic repository of format version 2: opened by a password, blobs in and out. One thread.
#pragma once
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "agent/backup/chunker.hpp"
#include "agent/backup/compression.hpp"
#include "agent/backup/index.hpp"
#include "agent/backup/key_ring.hpp"
#include "agent/backup/node.hpp"
#include "agent/backup/snapshot.hpp"
#include "agent/backup/storage.hpp"

namespace vigie::agent::backup {

struct Config {
    uint32_t version = 2;
    std::string id;  // 64 hex digits
    Polynomial polynomial = 0;
};

// A pack that an index lists and that is not there, or is shorter than what it lists.
struct LostPack {
    Id id;
    bool is_missing = false;
    // That the index had found there and finds there no more; none when all are elsewhere.
    std::vector<PackedBlob> blobs;
};
// What a listing of the packs says against the index.
struct PackCheck {
    std::vector<LostPack> lost;
    std::vector<StoredFile> packs;  // that are there
};
// A sentence for each, at most ten and one for the rest; each ends with `then`: what is done about it.
std::vector<std::string> describe_lost(const std::vector<LostPack>& packs, std::string_view then);
// Of a pack that is too short: its whole blobs may be read still, but nothing new should build on them, since a repair
// of the repository takes the pack away.
enum class ShortPacks { use_what_is_there, leave_out };

class Repository {
  public:
    // Makes a new one; exists when there is one. Gives its config. The config file comes last: without it there is no
    // repository.
    static Result<Config> create(Storage& storage, Random& random, std::string_view password, const KeyOwner& owner,
                                 ScryptCost cost = new_key_cost);
    // denied when no key opens with the password; unsupported for another format version.
    static Result<std::unique_ptr<Repository>> open(Storage& storage, Random& random, std::string_view password);

    const Config& config() const { return config_; }
    Storage& storage() { return storage_; }
    // The key that the password opened.
    const OpenedKey& opened_key() const { return opened_; }
    const Index& index() const { return index_; }
    // An index file is written after so many blobs.
    static constexpr size_t index_blobs_max = 50'000;

    // Reads all index files. With `problems` a broken one is told there and passed over, else it is the error.
    Result<void> load_index(std::vector<Error>* problems = nullptr);
    // Compares the loaded index with a listing of the packs, one readdir for each folder of data/, and forgets the
    // blobs of packs that are lost: where another pack has a blob too, that one counts from now on. Reads the index
    // again only when a pack is lost.
    Result<PackCheck> leave_out_lost_packs(ShortPacks of_short);
    // Whether another pack has each blob that was lost with this one.
    bool is_whole_elsewhere(const LostPack& pack) const;
    // Takes up those of `packs` that no index lists: an earlier run was killed after it wrote them. Gives how many.
    Result<size_t> adopt_packs(const std::vector<StoredFile>& packs);

    Result<std::vector<Snapshot>> load_snapshots(std::vector<Error>* problems = nullptr);  // oldest first

    // Files of JSON: sealed, compressed, named by their hash.
    Result<Id> save_json(FileKind kind, std::string_view json);
    Result<std::string> load_json(FileKind kind, const Id& id);

    struct Saved {
        Id id;
        bool is_new = false;
        uint64_t stored_bytes = 0;  // what it added to a pack
    };
    // Stores the blob unless the repository has it. It is safe only after flush().
    Result<Saved> save_blob(BlobKind kind, std::string_view content);
    // Writes what is left of packs, then the index of all packs since the last time.
    Result<void> flush();
    // Stores a blob once more, in a new pack, for a prune that is to remove the one it lies in. Its bytes are checked
    // on the way.
    Result<void> copy_blob(const BlobPlace& place);
    // Writes what is left of packs, and gives all packs that no index lists yet instead of writing one.
    Result<std::vector<PackContents>> flush_packs();

    // The content, checked against its id. not_found when no index lists it.
    Result<std::string> load_blob(BlobKind kind, const Id& id);
    Result<std::vector<Node>> load_tree(const Id& id);
    // The content of a blob from its sealed bytes, checked against its id.
    Result<std::string> open_blob(const PackedBlob& blob, std::string_view sealed);
    // The list of blobs in a pack's own header.
    Result<std::vector<PackedBlob>> load_pack_header(const Id& pack, uint64_t pack_bytes);
    Result<std::vector<PackedBlob>> open_pack_header(std::string_view sealed_header);

  private:
    Repository(Storage& storage, Random& random, const OpenedKey& opened, Config config)
        : storage_(storage), random_(random), opened_(opened), cipher_(opened.key), config_(std::move(config)) {}
    Result<std::string> unpack_blob(const PackedBlob& blob, std::string_view packed, std::string_view what);
    Result<void> flush_pack(BlobKind kind);
    Result<void> flush_index();
    Result<void> load_index_file(const Id& id);

    Storage& storage_;
    Random& random_;
    OpenedKey opened_;
    ResticCipher cipher_;
    Config config_;
    Zstd zstd_;
    Index index_;
    std::array<PackBuilder, 2> builders_;  // by BlobKind
    std::array<std::unordered_set<Id, IdHash>, 2> in_builders_;
    std::vector<PackContents> unindexed_;
    size_t unindexed_blobs_ = 0;
};

}  // namespace vigie::agent::backup
