// Down the trees of a snapshot; folders get their times last, since what is made inside changes them.
#include "agent/backup/restorer.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <map>

#include "agent/backup/file_writer.hpp"
#include "agent/backup/owners.hpp"
#include "agent/backup/snapshot_paths.hpp"
#include "shared/os/files.hpp"

namespace vigie::agent::backup {
namespace {

// As deep as the archiver goes, and what a foreign snapshot may have; each level holds a file descriptor.
constexpr int folder_depth_max = 1100;

class Restorer {
  public:
    Restorer(Repository& repository, const Clock& clock, const RestoreRequest& request, const ProgressSink& sink,
             RestoreReport& report)
        : repository_(repository),
          request_(request),
          report_(report),
          progress_(sink, clock, "bytes"),
          is_root_(geteuid() == 0) {}

    void restore_tree(int folder, const Id& tree, const std::string& path);
    void add_notes();

  private:
    bool is_wanted(const std::string& path) const;
    bool is_included(const Node& node, const std::string& path, int depth);
    bool is_left_alone(const Place& place, const Node& node) const;
    bool looks_unchanged(const Place& place, const Node& node) const;
    Result<void> restore_entry(const Place& place, const Node& node);
    Result<void> restore_folder(const Place& place, const Node& node);
    Result<void> restore_file(const Place& place, const Node& node);
    Result<Fd> make_folder(const Place& place) const;
    std::optional<Owners> owners_of(const Node& node);

    Repository& repository_;
    const RestoreRequest& request_;
    RestoreReport& report_;
    ProgressReporter progress_;
    OwnerNames names_;
    std::map<std::string, std::string> mapped_owners_;
    uint64_t attributes_left_out_ = 0;
    bool is_root_;
    int depth_ = 0;
};

bool Restorer::is_wanted(const std::string& path) const {
    if (request_.excludes.matches(path)) {
        return false;
    }
    return request_.paths.empty() || std::any_of(request_.paths.begin(), request_.paths.end(), [&](const auto& wanted) {
               return is_below(path, wanted) || is_below(wanted, path);
           });
}

// The entry itself, or of a folder anything below, so that it has to be made on the way.
bool Restorer::is_included(const Node& node, const std::string& path, int depth) {
    const auto& includes = request_.includes;
    if (includes.is_empty() || includes.matches(path)) {
        return true;
    }
    if (!node.subtree || !includes.may_match_below(path) || depth >= folder_depth_max) {
        return false;
    }
    const auto nodes = repository_.load_tree(*node.subtree);
    if (!nodes) {
        return true;  // nobody knows; going there tells of it
    }
    return std::any_of(nodes->begin(), nodes->end(), [&](const Node& each) {
        const auto below = join_path(path, each.name);
        return is_safe_name(each.name) && is_wanted(below) && is_included(each, below, depth + 1);
    });
}

bool Restorer::is_left_alone(const Place& place, const Node& node) const {
    struct stat entry {};
    if (request_.overwrite == OverwritePolicy::always || request_.overwrite == OverwritePolicy::if_changed ||
        fstatat(place.folder, place.name.c_str(), &entry, AT_SYMLINK_NOFOLLOW) != 0) {
        return false;
    }
    return request_.overwrite == OverwritePolicy::never || node.modified <= node_from_stat(entry).modified;
}

bool Restorer::looks_unchanged(const Place& place, const Node& node) const {
    struct stat entry {};
    if (request_.overwrite != OverwritePolicy::if_changed ||
        fstatat(place.folder, place.name.c_str(), &entry, AT_SYMLINK_NOFOLLOW) != 0) {
        return false;
    }
    const auto there = node_from_stat(entry);
    return there.type == NodeType::file && there.size == node.size && there.modified == node.modified;
}

// By name where the name is known here: the same user may have another number on another host.
std::optional<Owners> Restorer::owners_of(const Node& node) {
    if (!is_root_) {
        return std::nullopt;
    }
    Owners owners{node.uid, node.gid};
    if (!node.user.empty()) {
        owners.uid = names_.uid(node.user).value_or(node.uid);
    }
    if (!node.group.empty()) {
        owners.gid = names_.gid(node.group).value_or(node.gid);
    }
    if (owners.uid != node.uid) {
        mapped_owners_["user " + node.user] = fmt::format("{} in the snapshot, {} here", node.uid, owners.uid);
    }
    if (owners.gid != node.gid) {
        mapped_owners_["group " + node.group] = fmt::format("{} in the snapshot, {} here", node.gid, owners.gid);
    }
    return owners;
}

Result<Fd> Restorer::make_folder(const Place& place) const {
    if (mkdirat(place.folder, place.name.c_str(), 0700) != 0 && errno != EEXIST) {
        return fail(errno_error(errno, "create folder " + place.path));
    }
    Fd folder(openat(place.folder, place.name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!folder && (errno == ENOTDIR || errno == ELOOP)) {
        return fail(ErrorCode::exists, "{}: something that is no folder is in the way; it was left alone", place.path);
    }
    struct stat entry {};
    if (!folder || fstat(folder.get(), &entry) != 0) {
        return fail(errno_error(errno, "open " + place.path));
    }
    // A folder without write permission needs it while its content is restored; its own mode comes back last.
    if (!is_root_ && (entry.st_mode & 0700) != 0700 && fchmod(folder.get(), (entry.st_mode & 07777) | 0700) != 0) {
        return fail(errno_error(errno, "open up " + place.path));
    }
    return folder;
}

Result<void> Restorer::restore_folder(const Place& place, const Node& node) {
    if (depth_ >= folder_depth_max) {
        return fail(ErrorCode::too_large, "{}: folders nest deeper than {} levels", place.path, folder_depth_max);
    }
    VIGIE_TRY(const auto folder, make_folder(place));
    ++report_.folders;
    if (node.subtree) {
        ++depth_;
        restore_tree(folder.get(), *node.subtree, place.path);
        --depth_;
    }
    return apply_metadata(folder.get(), node, owners_of(node), place.path);
}

Result<void> Restorer::restore_file(const Place& place, const Node& node) {
    if (looks_unchanged(place, node) || has_content(repository_, place, node)) {
        ++report_.files_kept;
        progress_.advance(node.size, place.path);
        return apply_metadata_at(place, node, owners_of(node));
    }
    VIGIE_CHECK(write_file(repository_, place, node, owners_of(node), request_.is_sparse,
                           [&](uint64_t bytes) { progress_.advance(bytes, place.path); }));
    ++report_.files_written;
    report_.bytes_written += node.size;
    return {};
}

Result<void> Restorer::restore_entry(const Place& place, const Node& node) {
    if (node.type != NodeType::dir && is_left_alone(place, node)) {
        ++report_.left_alone;
        progress_.advance(node.size, place.path);
        return {};
    }
    attributes_left_out_ += node.has_extended_attributes ? 1 : 0;
    switch (node.type) {
        case NodeType::dir:
            return restore_folder(place, node);
        case NodeType::file:
            return restore_file(place, node);
        case NodeType::socket:
            ++report_.others;
            return {};  // made by the program that listens on it
        case NodeType::unknown:
            return fail(ErrorCode::unsupported, "{}: of a type that is not known", place.path);
        default:
            ++report_.others;
            return write_special(place, node, owners_of(node));
    }
}

void Restorer::restore_tree(int folder, const Id& tree, const std::string& path) {
    const auto nodes = repository_.load_tree(tree);
    if (!nodes) {
        report_.problems.add(path, nodes.error().message);
        return;
    }
    for (const auto& node : *nodes) {
        if (!is_safe_name(node.name)) {
            report_.problems.add(path, fmt::format("refused the name \"{}\"", go_quote(node.name)));
            continue;
        }
        const auto below = join_path(path, node.name);
        if (!is_wanted(below) || !is_included(node, below, depth_)) {
            continue;
        }
        if (const auto restored = restore_entry({folder, node.name, below}, node); !restored) {
            report_.problems.add(below, restored.error().message);
        }
    }
}

void Restorer::add_notes() {
    for (const auto& [owner, numbers] : mapped_owners_) {
        report_.notes.push_back(fmt::format("{} is {}", owner, numbers));
    }
    if (attributes_left_out_ > 0) {
        report_.notes.push_back(fmt::format("extended attributes of {} entries were left out", attributes_left_out_));
    }
    if (!is_root_) {
        report_.notes.push_back("owners were left as they are: only root can give files away");
    }
}

// Told before anything is written: a path that is missing altogether leaves the target untouched.
Result<void> report_missing(Repository& repository, const RestoreRequest& request, RestoreReport& report) {
    const auto missing = paths_missing(repository, request.snapshot.tree, request.paths);
    if (!missing.empty() && missing.size() == request.paths.size()) {
        return fail(ErrorCode::not_found, "nothing was restored: snapshot {} has no {}", short_hex(request.snapshot.id),
                    fmt::join(missing, ", no "));
    }
    for (const auto& path : missing) {
        report.problems.add(path, fmt::format("is not in snapshot {}", short_hex(request.snapshot.id)));
    }
    return {};
}

}  // namespace

Result<RestoreReport> restore_snapshot(Repository& repository, const Clock& clock, const RestoreRequest& request,
                                       const ProgressSink& progress) {
    RestoreReport report;
    report.snapshot = request.snapshot.id;
    VIGIE_CHECK(report_missing(repository, request, report));
    SystemFiles files;
    VIGIE_CHECK(files.make_directories(request.target, 0700));
    const Fd target(open(request.target.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!target) {
        return fail(errno_error(errno, "open " + request.target));
    }
    Restorer restorer(repository, clock, request, progress, report);
    restorer.restore_tree(target.get(), request.snapshot.tree, "/");
    restorer.add_notes();
    if (syncfs(target.get()) != 0) {
        return fail(errno_error(errno, "sync " + request.target));
    }
    const bool is_any_there =
        report.files_written + report.files_kept + report.left_alone + report.folders + report.others > 0;
    if (!is_any_there && report.is_partial()) {
        return fail(ErrorCode::corrupt, "nothing was restored; {}", report.problems.kept.front().message);
    }
    if (!is_any_there && (!request.includes.is_empty() || !request.excludes.is_empty())) {
        return fail(ErrorCode::not_found, "nothing was restored: snapshot {} has nothing that the patterns leave",
                    short_hex(request.snapshot.id));
    }
    return report;
}

}  // namespace vigie::agent::backup
