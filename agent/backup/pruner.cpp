// Mark what is needed, plan what happens to each pack, write, remove.
#include "agent/backup/pruner.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "shared/core/assert.hpp"

namespace vigie::agent::backup {
namespace {

enum class PackFate { keep, rewrite, remove };

struct PackPlan {
    Id id;
    uint64_t bytes = 0;       // of the file
    uint64_t used_bytes = 0;  // of blobs that are needed, with their entries in the header
    bool is_listed = false;   // by an index
    bool is_short = false;    // it lost its end, and with that its header
    bool has_trees = false;
    PackFate fate = PackFate::keep;

    uint64_t unused_bytes() const { return bytes - std::min(bytes, used_bytes + pack_frame_bytes); }
};

class Pruner {
  public:
    Pruner(Repository& repository, RepositoryLock* lock, const Clock& clock, const PruneRequest& request,
           const ProgressSink& sink, PruneReport& report)
        : repository_(repository), lock_(lock), clock_(clock), request_(request), sink_(sink), report_(report) {}

    Result<void> load();
    Result<void> mark();
    void plan();
    Result<void> carry_out();

  private:
    Result<void> renew_lock() { return lock_ != nullptr ? lock_->renew_if_due() : Result<void>{}; }
    Result<void> mark_snapshot(const Id& root, ProgressReporter& progress);
    Result<bool> mark_blob(BlobKind kind, const Id& id);
    void count_used();
    uint64_t unused_bytes_max() const;
    PackPlan* plan_of(const Id& pack);
    bool has_work() const;
    Result<void> copy_needed();
    Result<void> write_index(std::vector<PackContents> packs);
    Result<std::vector<PackedBlob>> contents_of(const PackPlan& pack, std::vector<PackedBlob> listed);
    Result<void> remove_files(FileKind kind, const std::vector<Id>& ids);

    Repository& repository_;
    RepositoryLock* lock_;
    const Clock& clock_;
    const PruneRequest& request_;
    const ProgressSink& sink_;
    PruneReport& report_;
    std::vector<Id> old_indexes_;
    std::vector<PackPlan> packs_;
    std::unordered_map<Id, uint32_t, IdHash> pack_numbers_;
    std::vector<bool> is_used_;  // by the index's numbers
    bool has_lost_packs_ = false;
};

PackPlan* Pruner::plan_of(const Id& pack) {
    const auto found = pack_numbers_.find(pack);
    return found != pack_numbers_.end() ? &packs_[found->second] : nullptr;
}

Result<void> Pruner::load() {
    VIGIE_TRY(const auto indexes, repository_.storage().list(FileKind::index));
    for (const auto& file : indexes) {
        old_indexes_.push_back(file.id);
    }
    VIGIE_CHECK(repository_.load_index());
    VIGIE_TRY(const auto check, repository_.leave_out_lost_packs(ShortPacks::use_what_is_there));
    for (const auto& file : check.packs) {
        pack_numbers_.emplace(file.id, static_cast<uint32_t>(packs_.size()));
        packs_.push_back({.id = file.id, .bytes = file.bytes, .is_listed = repository_.index().has_pack(file.id)});
        report_.bytes_before += file.bytes;
    }
    report_.packs_before = packs_.size();
    has_lost_packs_ = !check.lost.empty();
    for (const auto& lost : check.lost) {
        if (auto* pack = plan_of(lost.id)) {
            pack->is_short = true;
        }
    }
    is_used_.assign(repository_.index().size(), false);
    return {};
}

// Whether it was not marked before.
Result<bool> Pruner::mark_blob(BlobKind kind, const Id& id) {
    const auto number = repository_.index().number_of(kind, id);
    if (!number) {
        return fail(ErrorCode::not_found, "{} blob {} is in no pack that is there", name_of(kind), to_hex(id));
    }
    const bool is_new = !is_used_[*number];
    is_used_[*number] = true;
    return is_new;
}

Result<void> Pruner::mark_snapshot(const Id& root, ProgressReporter& progress) {
    std::vector<Id> pending{root};
    while (!pending.empty()) {
        const auto tree = pending.back();
        pending.pop_back();
        VIGIE_TRY(const bool is_new, mark_blob(BlobKind::tree, tree));
        if (!is_new) {
            continue;
        }
        VIGIE_TRY(const auto nodes, repository_.load_tree(tree));
        for (const auto& node : nodes) {
            for (const auto& id : node.content) {
                VIGIE_CHECK(mark_blob(BlobKind::data, id));
            }
            if (node.subtree) {
                pending.push_back(*node.subtree);
            }
        }
        progress.advance(1, "tree " + to_hex(tree));
        VIGIE_CHECK(renew_lock());
    }
    return {};
}

Result<void> Pruner::mark() {
    ProgressReporter progress(sink_, clock_, "trees");
    const auto snapshots = repository_.load_snapshots();
    if (!snapshots) {
        return fail(snapshots.error().at("nothing was removed, since nobody knows what this snapshot needs"));
    }
    for (const auto& snapshot : *snapshots) {
        if (request_.forgotten.contains(snapshot.id)) {
            continue;
        }
        ++report_.snapshots;
        if (const auto marked = mark_snapshot(snapshot.tree, progress); !marked) {
            return fail(marked.error().at(fmt::format(
                "nothing was removed: snapshot {} is damaged, and what is left may be needed to repair it (`backup "
                "verify` tells more; `backup forget {}` gives it up)",
                short_hex(snapshot.id), short_hex(snapshot.id))));
        }
    }
    return {};
}

void Pruner::count_used() {
    size_t number = 0;
    repository_.index().for_each([&](const Id& id, const PackedBlob& blob) {
        auto* pack = plan_of(id);
        if (is_used_[number++] && pack != nullptr) {
            pack->used_bytes += packed_bytes(blob);
            pack->has_trees = pack->has_trees || blob.kind == BlobKind::tree;
        }
    });
}

uint64_t Pruner::unused_bytes_max() const {
    const double ratio_max = request_.unused_ratio_max;
    if (ratio_max >= 1) {
        return UINT64_MAX;
    }
    uint64_t used = 0;
    for (const auto& pack : packs_) {
        used += pack.used_bytes;
    }
    return static_cast<uint64_t>(static_cast<double>(used) * ratio_max / (1 - ratio_max));
}

void Pruner::plan() {
    count_used();
    std::vector<PackPlan*> partly_used;
    for (auto& pack : packs_) {
        if (!pack.is_listed || pack.used_bytes == 0) {
            pack.fate = PackFate::remove;
        } else if (pack.is_short) {
            pack.fate = PackFate::rewrite;
        } else if (pack.unused_bytes() > 0) {
            partly_used.push_back(&pack);
            report_.bytes_unused += pack.unused_bytes();
        }
    }
    // Trees first, since every command reads them, then where most is won for each byte that is written.
    std::sort(partly_used.begin(), partly_used.end(), [](const PackPlan* a, const PackPlan* b) {
        const auto ratio = [](const PackPlan& pack) {
            return static_cast<double>(pack.unused_bytes()) / static_cast<double>(pack.bytes);
        };
        return std::tuple(b->has_trees, ratio(*b), b->id) < std::tuple(a->has_trees, ratio(*a), a->id);
    });
    const auto unused_max = unused_bytes_max();
    for (auto* pack : partly_used) {
        if (report_.bytes_unused <= unused_max) {
            break;
        }
        pack->fate = PackFate::rewrite;
        report_.bytes_unused -= pack->unused_bytes();
    }
    for (const auto& pack : packs_) {
        report_.packs_removed += pack.fate == PackFate::remove ? 1 : 0;
        report_.packs_rewritten += pack.fate == PackFate::rewrite ? 1 : 0;
        report_.bytes_rewritten += pack.fate == PackFate::rewrite ? pack.used_bytes : 0;
        report_.bytes_freed += pack.fate == PackFate::remove    ? pack.bytes
                               : pack.fate == PackFate::rewrite ? pack.unused_bytes()
                                                                : 0;
    }
}

bool Pruner::has_work() const {
    return has_lost_packs_ || report_.packs_removed + report_.packs_rewritten > 0;
}

Result<void> Pruner::copy_needed() {
    ProgressReporter progress(sink_, clock_, "bytes", report_.bytes_rewritten);
    for (uint32_t number = 0; number < is_used_.size(); ++number) {
        const auto place = repository_.index().at(number);
        const auto* pack = plan_of(place.pack);
        if (!is_used_[number] || pack == nullptr || pack->fate != PackFate::rewrite) {
            continue;
        }
        VIGIE_CHECK(repository_.copy_blob(place));
        progress.advance(packed_bytes(place.blob), describe(FileKind::pack, place.pack));
        VIGIE_CHECK(renew_lock());
    }
    return {};
}

// What the new index says of a pack that stays. The loaded index knows one place for each blob; a pack that holds what
// another one holds too tells all in its own header.
Result<std::vector<PackedBlob>> Pruner::contents_of(const PackPlan& pack, std::vector<PackedBlob> listed) {
    uint64_t bytes = pack_frame_bytes;
    for (const auto& blob : listed) {
        bytes += packed_bytes(blob);
    }
    if (bytes == pack.bytes) {
        std::sort(listed.begin(), listed.end(), [](const auto& a, const auto& b) { return a.offset < b.offset; });
        return listed;
    }
    return repository_.load_pack_header(pack.id, pack.bytes);
}

Result<void> Pruner::write_index(std::vector<PackContents> packs) {
    const auto& index = repository_.index();
    // The numbers of blobs in packs that stay, pack by pack: 8 bytes for each where the blobs themselves take 56.
    std::vector<std::pair<uint32_t, uint32_t>> kept;
    for (uint32_t number = 0; number < is_used_.size(); ++number) {
        const auto found = pack_numbers_.find(index.at(number).pack);
        if (found != pack_numbers_.end() && packs_[found->second].fate == PackFate::keep) {
            kept.emplace_back(found->second, number);
        }
    }
    std::sort(kept.begin(), kept.end());
    size_t blobs = 0;
    const auto flush = [&]() -> Result<void> {
        if (!packs.empty()) {
            VIGIE_CHECK(repository_.save_json(FileKind::index, format_index_file(packs)));
        }
        packs.clear();
        blobs = 0;
        return {};
    };
    for (const auto& [pack, contents] : packs) {
        blobs += contents.size();
    }
    for (auto begin = kept.begin(); begin != kept.end();) {
        const auto& pack = packs_[begin->first];
        std::vector<PackedBlob> listed;
        for (const auto number = begin->first; begin != kept.end() && begin->first == number; ++begin) {
            listed.push_back(index.at(begin->second).blob);
        }
        VIGIE_TRY(auto contents, contents_of(pack, std::move(listed)));
        blobs += contents.size();
        packs.emplace_back(pack.id, std::move(contents));
        if (blobs >= Repository::index_blobs_max) {
            VIGIE_CHECK(flush());
        }
        VIGIE_CHECK(renew_lock());
    }
    return flush();
}

Result<void> Pruner::remove_files(FileKind kind, const std::vector<Id>& ids) {
    ProgressReporter progress(sink_, clock_, "files", ids.size());
    for (const auto& id : ids) {
        // Others may have judged us dead while we stood still, and now count on what we are about to remove.
        VIGIE_CHECK(renew_lock());
        VIGIE_CHECK(lock_->confirm());
        const auto removed = repository_.storage().remove(kind, id);
        if (!removed && removed.error().code != ErrorCode::not_found) {
            return removed;
        }
        progress.advance(1, describe(kind, id));
    }
    return {};
}

Result<void> Pruner::carry_out() {
    if (!has_work()) {
        return {};
    }
    VIGIE_CHECK(copy_needed());
    VIGIE_TRY(auto packs, repository_.flush_packs());
    report_.packs_new = packs.size();
    VIGIE_CHECK(write_index(std::move(packs)));
    VIGIE_CHECK(remove_files(FileKind::index, old_indexes_));
    std::vector<Id> gone;
    for (const auto& pack : packs_) {
        if (pack.fate != PackFate::keep) {
            gone.push_back(pack.id);
        }
    }
    return remove_files(FileKind::pack, gone);
}

}  // namespace

Result<PruneReport> prune_repository(Repository& repository, RepositoryLock* lock, const Clock& clock,
                                     const PruneRequest& request, const ProgressSink& progress) {
    VIGIE_ASSERT(lock != nullptr || request.is_dry_run);
    PruneReport report;
    report.is_dry_run = request.is_dry_run;
    Pruner pruner(repository, lock, clock, request, progress, report);
    VIGIE_CHECK(pruner.load());
    VIGIE_CHECK(pruner.mark());
    pruner.plan();
    if (!request.is_dry_run) {
        VIGIE_CHECK(pruner.carry_out());
    }
    return report;
}

}  // namespace vigie::agent::backup
