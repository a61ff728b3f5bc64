// From the chosen paths down: one tree for each folder, leaves first.
#include "agent/backup/archiver.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <map>

#include "agent/backup/file_saver.hpp"
#include "agent/backup/source_reader.hpp"
#include "shared/os/files.hpp"

namespace vigie::agent::backup {
namespace {

// Each level holds a file descriptor and two stack frames. The kernel's PATH_MAX allows 2048 levels in one path.
constexpr int folder_depth_max = 1000;

// The chosen paths as a tree of their parts: /srv/a and /srv/b share the node of /srv.
struct Target {
    bool is_source = false;
    std::map<std::string, Target> children;
};

Target target_of(const std::vector<std::string>& paths) {
    Target root;
    for (const auto& path : paths) {
        auto* at = &root;
        for (size_t begin = 1; begin < path.size();) {
            const auto slash = std::min(path.find('/', begin), path.size());
            at = &at->children[path.substr(begin, slash - begin)];
            begin = slash + 1;
        }
        at->is_source = true;
    }
    return root;
}

const std::string cache_tag = "CACHEDIR.TAG";
// https://bford.info/cachedir/: the file must begin with this.
constexpr std::string_view cache_signature = "Signature: 8a477f597d28d172789f06886806bc55";

bool is_cache(int folder, const std::string& path) {
    const auto tag = open_regular_file(folder, cache_tag, join_path(path, cache_tag));
    std::array<char, cache_signature.size()> begin{};
    return tag && pread(tag->get(), begin.data(), begin.size(), 0) == static_cast<ssize_t>(begin.size()) &&
           std::string_view(begin.data(), begin.size()) == cache_signature;
}

std::optional<dev_t> device_of(const std::string& path) {
    struct stat entry {};
    return lstat(path.c_str(), &entry) == 0 ? std::optional(entry.st_dev) : std::nullopt;
}

using Nodes = std::vector<Node>;

const Node* find_node(const Nodes& nodes, const std::string& name) {
    const auto found = std::lower_bound(nodes.begin(), nodes.end(), name,
                                        [](const Node& node, const auto& n) { return node.name < n; });
    return found != nodes.end() && found->name == name ? &*found : nullptr;
}

class Archiver {
  public:
    Archiver(Repository& repository, RepositoryLock& lock, const Clock& clock, const ArchiveRequest& request,
             const ProgressSink& sink, RunReport& report)
        : repository_(repository),
          request_(request),
          report_(report),
          progress_(sink, clock, "bytes"),
          saver_(repository, lock, progress_, report) {}

    // The root tree; not_found when no source gave a node.
    Result<Id> save(const Target& root, const std::optional<Id>& parent_tree);

  private:
    // In all of these a failed Result ends the run; nothing means that the entry was left out and told of.
    Result<std::optional<Node>> save_target(const Target& target, const std::string& path, const Node* before);
    Result<std::optional<Id>> save_children(const Target& target, const std::string& path, const Nodes& before);
    Result<std::optional<Node>> save_source(const std::string& path, const Node* before);
    Result<std::optional<Node>> save_entry(int folder, const std::string& name, const std::string& path,
                                           const Node* before, bool is_source);
    Result<std::optional<Id>> save_folder(int folder, const std::string& path, const std::optional<Id>& before);
    Result<std::optional<Id>> save_folder_at(int parent, const std::string& name, const std::string& path,
                                             const Node* before, bool is_source);
    bool is_left_out(int folder) const;
    Result<std::vector<std::string>> names_to_save(int folder, const std::string& path);
    bool is_on_other_file_system(int folder) const;
    bool is_excluded(const Node& node) const;
    Nodes nodes_before(const std::optional<Id>& tree);
    void leave_out(const std::string& path, const Error& error, bool is_source);

    Repository& repository_;
    const ArchiveRequest& request_;
    RunReport& report_;
    OwnerNames owners_;
    ProgressReporter progress_;
    FileSaver saver_;
    std::optional<dev_t> source_device_;  // of the source that is being saved
    int depth_ = 0;
};

void Archiver::leave_out(const std::string& path, const Error& error, bool is_source) {
    // Gone between listing and opening is the life of a file system. A source itself was asked for by name.
    if (error.code == ErrorCode::not_found && !is_source) {
        ++report_.vanished;
    } else {
        report_.problems.add(path, error.message);
    }
}

Nodes Archiver::nodes_before(const std::optional<Id>& tree) {
    if (!tree) {
        return {};
    }
    // A parent that cannot be read only means that files are read again.
    return repository_.load_tree(*tree).value_or(Nodes{});
}

bool Archiver::is_left_out(int folder) const {
    struct stat entry {};
    return request_.left_out && fstat(folder, &entry) == 0 &&
           *request_.left_out == std::pair<uint64_t, uint64_t>(entry.st_dev, entry.st_ino);
}

bool Archiver::is_on_other_file_system(int folder) const {
    struct stat entry {};
    return request_.excludes.other_file_systems && source_device_ && fstat(folder, &entry) == 0 &&
           entry.st_dev != *source_device_;
}

bool Archiver::is_excluded(const Node& node) const {
    const auto& limit = request_.excludes.larger_than;
    return limit && node.type == NodeType::file && node.size > limit->count;
}

Result<std::vector<std::string>> Archiver::names_to_save(int folder, const std::string& path) {
    if (is_on_other_file_system(folder)) {
        ++report_.excluded;
        return std::vector<std::string>{};
    }
    auto names = list_names(folder, path);
    const bool has_tag = names && request_.excludes.caches &&
                         std::binary_search(names->begin(), names->end(), cache_tag) && is_cache(folder, path);
    if (has_tag) {
        report_.excluded += names->size() - 1;
        *names = {cache_tag};
    }
    return names;
}

Result<std::optional<Id>> Archiver::save_folder(int folder, const std::string& path, const std::optional<Id>& before) {
    const auto names = names_to_save(folder, path);
    if (!names) {
        report_.problems.add(path, names.error().message);
        return std::nullopt;
    }
    const auto known = nodes_before(before);
    TreeWriter tree;
    for (const auto& name : *names) {
        VIGIE_TRY(const auto node, save_entry(folder, name, join_path(path, name), find_node(known, name), false));
        if (node) {
            tree.add(*node);
        }
    }
    VIGIE_TRY(const auto saved, repository_.save_blob(BlobKind::tree, tree.finish()));
    report_.added_bytes += saved.stored_bytes;
    ++report_.folders;
    return saved.id;
}

Result<std::optional<Id>> Archiver::save_folder_at(int parent, const std::string& name, const std::string& path,
                                                   const Node* before, bool is_source) {
    if (depth_ >= folder_depth_max) {
        report_.problems.add(path, fmt::format("folders nest deeper than {} levels", folder_depth_max));
        return std::nullopt;
    }
    const auto folder = open_folder(parent, name, path);
    if (!folder) {
        leave_out(path, folder.error(), is_source);
        return std::nullopt;
    }
    if (is_left_out(folder->get())) {
        report_.notes.push_back(fmt::format("left out {}: it is the repository", path));
        return std::nullopt;
    }
    ++depth_;
    auto subtree = save_folder(folder->get(), path, before != nullptr ? before->subtree : std::nullopt);
    --depth_;
    return subtree;
}

Result<std::optional<Node>> Archiver::save_entry(int folder, const std::string& name, const std::string& path,
                                                 const Node* before, bool is_source) {
    if (request_.excludes.patterns.matches(path)) {
        ++report_.excluded;
        return std::nullopt;
    }
    auto read = read_node(folder, name, path, owners_);
    if (!read) {
        leave_out(path, read.error(), is_source);
        return std::nullopt;
    }
    auto& node = *read;
    if (node.type == NodeType::dir) {
        VIGIE_TRY(node.subtree, save_folder_at(folder, name, path, before, is_source));
        return node.subtree ? std::optional(std::move(node)) : std::nullopt;
    }
    if (node.type != NodeType::file) {
        ++report_.others;
        return std::move(node);
    }
    if (is_excluded(node)) {
        ++report_.excluded;
        return std::nullopt;
    }
    VIGIE_TRY(const auto refusal, saver_.save(folder, path, before, node));
    if (refusal) {
        leave_out(path, *refusal, is_source);
        return std::nullopt;
    }
    return std::move(node);
}

Result<std::optional<Node>> Archiver::save_source(const std::string& path, const Node* before) {
    const auto parent = parent_of(path);
    const Fd folder(open(parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!folder) {
        report_.problems.add(path, errno_error(errno, "open " + parent).message);
        return std::nullopt;
    }
    source_device_ = device_of(path);
    return save_entry(folder.get(), path.substr(path.rfind('/') + 1), path, before, true);
}

Result<std::optional<Id>> Archiver::save_children(const Target& target, const std::string& path, const Nodes& before) {
    TreeWriter tree;
    bool is_empty = true;
    for (const auto& [name, child] : target.children) {
        VIGIE_TRY(auto node, save_target(child, join_path(path, name), find_node(before, name)));
        if (node) {
            tree.add(*node);
            is_empty = false;
        }
    }
    if (is_empty) {
        return std::nullopt;
    }
    VIGIE_TRY(const auto saved, repository_.save_blob(BlobKind::tree, tree.finish()));
    report_.added_bytes += saved.stored_bytes;
    return saved.id;
}

Result<std::optional<Node>> Archiver::save_target(const Target& target, const std::string& path, const Node* before) {
    if (target.is_source) {
        return save_source(path, before);
    }
    VIGIE_TRY(const auto subtree,
              save_children(target, path, nodes_before(before != nullptr ? before->subtree : std::nullopt)));
    struct stat entry {};
    // A folder on the way may be a link: it is stored as the folder behind it.
    if (!subtree || stat(path.c_str(), &entry) != 0) {
        return std::nullopt;
    }
    auto node = node_from_stat(entry);
    node.name = path.substr(path.rfind('/') + 1);
    node.user = owners_.user(entry.st_uid);
    node.group = owners_.group(entry.st_gid);
    node.subtree = subtree;
    return node;
}

Result<Id> Archiver::save(const Target& root, const std::optional<Id>& parent_tree) {
    std::optional<Id> tree;
    if (root.is_source) {
        Node before;
        before.subtree = parent_tree;
        source_device_ = device_of("/");
        VIGIE_TRY(tree, save_folder_at(AT_FDCWD, "/", "/", &before, true));
    } else {
        VIGIE_TRY(tree, save_children(root, "/", nodes_before(parent_tree)));
    }
    if (!tree) {
        const auto& kept = report_.problems.kept;
        return fail(ErrorCode::not_found, "no source could be read, so there is no snapshot{}{}{}",
                    kept.empty() ? "" : "; ", kept.empty() ? "" : kept.front().message,
                    report_.excluded > 0 ? "; the rules for what to leave out leave out a source" : "");
    }
    return *tree;
}

std::optional<Snapshot> find_parent(const std::vector<Snapshot>& snapshots, const ArchiveRequest& request, Moment now) {
    const auto found = std::find_if(snapshots.rbegin(), snapshots.rend(), [&](const Snapshot& snapshot) {
        return snapshot.host == request.host && snapshot.paths == request.paths && !is_in_future(snapshot, now);
    });
    return found != snapshots.rend() ? std::optional(*found) : std::nullopt;
}

}  // namespace

std::string clean_path(std::string_view path, std::string_view folder) {
    const auto whole = path.starts_with('/') ? std::string(path) : join_path(folder, path);
    std::string clean;
    for (size_t begin = 0; begin < whole.size();) {
        const auto slash = std::min(whole.find('/', begin), whole.size());
        const auto part = std::string_view(whole).substr(begin, slash - begin);
        if (part == "..") {
            clean.resize(clean.empty() ? 0 : clean.rfind('/'));
        } else if (!part.empty() && part != ".") {
            clean += '/';
            clean += part;
        }
        begin = slash + 1;
    }
    return clean.empty() ? "/" : clean;
}

Result<RunReport> archive(Repository& repository, RepositoryLock& lock, Clock& clock, const ArchiveRequest& request,
                          const ProgressSink& progress) {
    RunReport report;
    const auto now = moment_of(clock.wall());
    VIGIE_CHECK(repository.load_index());
    VIGIE_TRY(auto packs, repository.leave_out_lost_packs(ShortPacks::leave_out));
    std::erase_if(packs.lost, [&](const LostPack& pack) { return repository.is_whole_elsewhere(pack); });
    report.lost_packs = packs.lost.size();
    report.notes = describe_lost(packs.lost,
                                 "what the sources still have of it is stored again, and `backup verify` names the "
                                 "snapshots that need the rest");
    VIGIE_TRY(report.adopted_packs, repository.adopt_packs(packs.packs));
    std::vector<Error> unreadable;
    VIGIE_TRY(const auto snapshots, repository.load_snapshots(&unreadable));
    for (const auto& error : unreadable) {
        report.notes.push_back("passed over: " + error.message);
    }
    const auto parent = find_parent(snapshots, request, now);
    Archiver archiver(repository, lock, clock, request, progress, report);
    Snapshot snapshot;
    snapshot.time = now;
    snapshot.paths = request.paths;
    snapshot.host = request.host;
    snapshot.user = name_of_user(geteuid());
    snapshot.uid = geteuid();
    snapshot.gid = getegid();
    snapshot.tags = request.tags;
    snapshot.excludes = request.exclude_texts;
    snapshot.program_version = request.program_version;
    VIGIE_TRY(snapshot.tree,
              archiver.save(target_of(request.paths), parent ? std::optional(parent->tree) : std::nullopt));
    VIGIE_CHECK(repository.flush());
    VIGIE_CHECK(lock.confirm());
    if (parent) {
        snapshot.parent = report.parent = parent->id;
    }
    VIGIE_TRY(report.snapshot, repository.save_json(FileKind::snapshot, format_snapshot(snapshot)));
    return report;
}

}  // namespace vigie::agent::backup
