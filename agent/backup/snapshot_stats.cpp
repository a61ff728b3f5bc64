// Each tree is read once, however many snapshots share it.
#include "agent/backup/snapshot_stats.hpp"

namespace vigie::agent::backup {
namespace {

constexpr int folder_depth_max = 1100;

struct Totals {
    uint64_t files = 0;
    uint64_t folders = 0;
    uint64_t others = 0;
    uint64_t bytes = 0;

    void add(const Totals& other) {
        files += other.files;
        folders += other.folders;
        others += other.others;
        bytes += other.bytes;
    }
};

class Measure {
  public:
    Measure(Repository& repository, ProgressReporter& progress, StatsReport& report)
        : repository_(repository), progress_(progress), report_(report), is_needed_(repository.index().size(), false) {}

    Totals of_tree(const Id& tree, int depth);

  private:
    void need(BlobKind kind, const Id& id);

    Repository& repository_;
    ProgressReporter& progress_;
    StatsReport& report_;
    std::vector<bool> is_needed_;  // by the index's numbers
    std::unordered_map<Id, Totals, IdHash> known_;
};

void Measure::need(BlobKind kind, const Id& id) {
    const auto number = repository_.index().number_of(kind, id);
    if (!number) {
        report_.problems.add(fmt::format("{} blob {}", name_of(kind), to_hex(id)), "is in no index");
        return;
    }
    if (is_needed_[*number]) {
        return;
    }
    is_needed_[*number] = true;
    const auto blob = repository_.index().at(*number).blob;
    ++report_.blobs;
    report_.blob_bytes += blob.plain_length();
    report_.stored_bytes += blob.length;
}

Totals Measure::of_tree(const Id& tree, int depth) {
    if (const auto known = known_.find(tree); known != known_.end()) {
        return known->second;
    }
    Totals totals;
    need(BlobKind::tree, tree);
    const auto nodes = depth < folder_depth_max
                           ? repository_.load_tree(tree)
                           : Result<std::vector<Node>>(fail(ErrorCode::too_large, "nests too deeply"));
    if (!nodes) {
        report_.problems.add("tree " + to_hex(tree), nodes.error().message);
    }
    for (const auto& node : nodes.value_or(std::vector<Node>{})) {
        ++(node.type == NodeType::file ? totals.files : node.type == NodeType::dir ? totals.folders : totals.others);
        totals.bytes += node.size;
        for (const auto& id : node.content) {
            need(BlobKind::data, id);
        }
        if (node.subtree) {
            totals.add(of_tree(*node.subtree, depth + 1));
        }
    }
    progress_.advance(1, "tree " + to_hex(tree));
    known_.emplace(tree, totals);
    return totals;
}

}  // namespace

Result<StatsReport> measure_snapshots(Repository& repository, const std::vector<Snapshot>& snapshots,
                                      const Clock& clock, const ProgressSink& progress) {
    StatsReport report;
    VIGIE_TRY(const auto packs, repository.storage().list(FileKind::pack));
    for (const auto& pack : packs) {
        ++report.packs;
        report.pack_bytes += pack.bytes;
    }
    ProgressReporter reporter(progress, clock, "trees");
    Measure measure(repository, reporter, report);
    for (const auto& snapshot : snapshots) {
        const auto totals = measure.of_tree(snapshot.tree, 0);
        report.files += totals.files;
        report.folders += totals.folders;
        report.others += totals.others;
        report.restore_bytes += totals.bytes;
    }
    report.snapshots = snapshots.size();
    return report;
}

}  // namespace vigie::agent::backup
