// First the packs, which gives the set of lost blobs; then the snapshots, to see which of them need one.
#include "agent/backup/verifier.hpp"

namespace vigie::agent::backup {
namespace {

constexpr int folder_depth_max = 1100;

class Verifier {
  public:
    Verifier(Repository& repository, VerifyReport& report) : repository_(repository), report_(report) {}

    Result<void> check_packs();
    const std::vector<StoredFile>& packs() const { return packs_; }
    Result<void> read_packs(const std::vector<StoredFile>& selected, ProgressReporter& progress);
    Result<void> check_snapshots(ProgressReporter& progress);

  private:
    bool is_lost(BlobKind kind, const Id& id) const;
    void lose(const Id& pack, const PackedBlob& blob, std::string_view why);
    void read_pack(const Id& pack, const std::string& bytes);
    Result<std::vector<PackedBlob>> header_of(const std::string& bytes);
    void check_blob(const Id& pack, const PackedBlob& blob, std::string_view bytes);
    bool is_tree_damaged(const Id& tree, int depth);
    bool is_node_damaged(const Node& node, const Id& tree, int depth);

    Repository& repository_;
    VerifyReport& report_;
    std::vector<StoredFile> packs_;
    std::unordered_map<Id, uint64_t, IdHash> blobs_in_pack_;  // by the index
    std::array<std::unordered_set<Id, IdHash>, 2> lost_;      // by BlobKind
    std::unordered_map<Id, bool, IdHash> seen_trees_;         // whether damaged
};

bool Verifier::is_lost(BlobKind kind, const Id& id) const {
    return lost_[static_cast<size_t>(kind)].contains(id);
}

void Verifier::lose(const Id& pack, const PackedBlob& blob, std::string_view why) {
    if (lost_[static_cast<size_t>(blob.kind)].insert(blob.id).second) {
        report_.problems.add(describe(FileKind::pack, pack),
                             fmt::format("{} blob {}: {}", name_of(blob.kind), to_hex(blob.id), why));
    }
}

Result<void> Verifier::check_packs() {
    VIGIE_TRY(auto check, repository_.leave_out_lost_packs(ShortPacks::use_what_is_there));
    packs_ = std::move(check.packs);
    const auto& index = repository_.index();
    for (const auto& pack : check.lost) {
        for (const auto& blob : pack.blobs) {
            if (!index.has(blob.kind, blob.id)) {
                lose(pack.id, blob, pack.is_missing ? "the pack is missing" : "lies beyond the end of the pack");
            }
        }
        if (repository_.is_whole_elsewhere(pack)) {
            report_.notes.push_back(
                fmt::format("{} is {}, but all of it is stored elsewhere too; `restic repair "
                            "index` takes it out of the index",
                            describe(FileKind::pack, pack.id), pack.is_missing ? "missing" : "too short"));
        }
    }
    index.for_each([this](const Id& pack, const PackedBlob&) { ++blobs_in_pack_[pack]; });
    size_t unlisted = 0;
    for (const auto& pack : packs_) {
        unlisted += repository_.index().has_pack(pack.id) ? 0 : 1;
    }
    if (unlisted > 0) {
        report_.notes.push_back(
            fmt::format("{} packs are in no index: left by a run that was cut off, the next one uses them", unlisted));
    }
    report_.packs = packs_.size();
    report_.blobs = repository_.index().size();
    return {};
}

void Verifier::check_blob(const Id& pack, const PackedBlob& blob, std::string_view bytes) {
    if (end_of(blob) > bytes.size()) {
        lose(pack, blob, "lies beyond the end of the pack");
        return;
    }
    const auto content = repository_.open_blob(blob, bytes.substr(blob.offset, blob.length));
    if (!content) {
        lose(pack, blob, content.error().message);
    }
}

Result<std::vector<PackedBlob>> Verifier::header_of(const std::string& bytes) {
    const auto trailer_at = bytes.size() - std::min(bytes.size(), pack_trailer_bytes);
    const std::string_view all = bytes;
    VIGIE_TRY(const auto length, parse_pack_trailer(all.substr(trailer_at), bytes.size()));
    return repository_.open_pack_header(all.substr(trailer_at - length, length));
}

void Verifier::read_pack(const Id& pack, const std::string& bytes) {
    const auto what = describe(FileKind::pack, pack);
    bool is_regular = true;
    if (id_of(bytes) != pack) {
        report_.problems.add(what, "content does not match its name: it was changed after it was written");
        is_regular = false;
    }
    const auto header = header_of(bytes);
    if (!header) {
        report_.problems.add(what, header.error().message);
    }
    uint64_t matched = 0;
    for (const auto& blob : header.value_or(std::vector<PackedBlob>{})) {
        const auto listed = repository_.index().find(blob.kind, blob.id);
        if (listed && listed->pack == pack && listed->blob.offset == blob.offset &&
            listed->blob.length == blob.length) {
            check_blob(pack, blob, bytes);
            ++matched;
        }
    }
    if (matched == blobs_in_pack_[pack]) {
        return;
    }
    // The header is broken, or says other than the index: check what the index says, for that is what a restore goes
    // by.
    if (is_regular && header) {
        report_.problems.add(what, "the index lists other blobs than the pack");
    }
    repository_.index().for_each([&](const Id& holder, const PackedBlob& blob) {
        if (holder == pack) {
            check_blob(pack, blob, bytes);
        }
    });
}

Result<void> Verifier::read_packs(const std::vector<StoredFile>& selected, ProgressReporter& progress) {
    report_.packs_read = selected.size();
    for (const auto& pack : selected) {
        const auto what = describe(FileKind::pack, pack.id);
        progress.advance(0, what);
        const auto bytes = repository_.storage().load(FileKind::pack, pack.id);
        if (bytes) {
            read_pack(pack.id, *bytes);
            report_.bytes_read += bytes->size();
        } else {
            report_.problems.add(what, bytes.error().message);
            repository_.index().for_each([&](const Id& holder, const PackedBlob& blob) {
                if (holder == pack.id) {
                    lose(pack.id, blob, "the pack can't be read");
                }
            });
        }
        progress.advance(1, what);
    }
    return {};
}

bool Verifier::is_node_damaged(const Node& node, const Id& tree, int depth) {
    bool is_damaged = false;
    for (const auto& id : node.content) {
        if (is_lost(BlobKind::data, id)) {
            is_damaged = true;
        } else if (!repository_.index().has(BlobKind::data, id)) {
            report_.problems.add("tree " + to_hex(tree), fmt::format("\"{}\" needs data blob {}, which no index lists",
                                                                     go_quote(node.name), to_hex(id)));
            is_damaged = true;
        }
    }
    if (node.type == NodeType::dir && !node.subtree) {
        report_.problems.add("tree " + to_hex(tree), fmt::format("folder \"{}\" has no tree", go_quote(node.name)));
        return true;
    }
    return (node.type == NodeType::dir && is_tree_damaged(*node.subtree, depth + 1)) || is_damaged;
}

bool Verifier::is_tree_damaged(const Id& tree, int depth) {
    if (const auto seen = seen_trees_.find(tree); seen != seen_trees_.end()) {
        return seen->second;
    }
    if (is_lost(BlobKind::tree, tree)) {  // told with its pack
        seen_trees_.emplace(tree, true);
        return true;
    }
    bool is_damaged = depth >= folder_depth_max;
    const auto nodes = is_damaged ? Result<std::vector<Node>>(fail(ErrorCode::too_large, "nests too deeply"))
                                  : repository_.load_tree(tree);
    ++report_.trees;
    if (!nodes) {
        report_.problems.add("tree " + to_hex(tree), nodes.error().message);
        is_damaged = true;
    }
    for (const auto& node : nodes.value_or(std::vector<Node>{})) {
        if (!is_safe_name(node.name)) {
            report_.problems.add("tree " + to_hex(tree), fmt::format("unsafe name \"{}\"", go_quote(node.name)));
            is_damaged = true;
        }
        is_damaged = is_node_damaged(node, tree, depth) || is_damaged;
    }
    seen_trees_.emplace(tree, is_damaged);
    return is_damaged;
}

Result<void> Verifier::check_snapshots(ProgressReporter& progress) {
    std::vector<Error> unreadable;
    VIGIE_TRY(const auto snapshots, repository_.load_snapshots(&unreadable));
    for (const auto& error : unreadable) {
        report_.problems.add("snapshots", error.message);
    }
    for (const auto& snapshot : snapshots) {
        progress.advance(1, describe(FileKind::snapshot, snapshot.id));
        if (is_tree_damaged(snapshot.tree, 0)) {
            report_.damaged.push_back(snapshot);
        }
    }
    report_.snapshots = snapshots.size();
    return {};
}

}  // namespace

Result<VerifyReport> verify_repository(Repository& repository, const Clock& clock, const PackSelection& selection,
                                       Random& random, const ProgressSink& progress) {
    VerifyReport report;
    std::vector<Error> broken;
    VIGIE_CHECK(repository.load_index(&broken));
    for (const auto& error : broken) {
        report.problems.add("index", error.message);
    }
    Verifier verifier(repository, report);
    VIGIE_CHECK(verifier.check_packs());
    const auto selected = select_packs(verifier.packs(), selection, random);
    if (!selected.empty()) {
        ProgressReporter packs(progress, clock, "packs", selected.size());
        VIGIE_CHECK(verifier.read_packs(selected, packs));
    }
    ProgressReporter snapshots(progress, clock, "snapshots");
    VIGIE_CHECK(verifier.check_snapshots(snapshots));
    return report;
}

}  // namespace vigie::agent::backup
