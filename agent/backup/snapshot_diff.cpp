// Two sorted lists of names side by side, folder by folder.
#include "agent/backup/snapshot_diff.hpp"

#include "shared/os/files.hpp"

namespace vigie::agent::backup {
namespace {

// As deep as a restore goes; two lists of nodes are held for each level.
constexpr int folder_depth_max = 1100;

bool has_same_metadata(const Node& a, const Node& b) {
    return a.mode == b.mode && a.uid == b.uid && a.gid == b.gid && a.user == b.user && a.group == b.group &&
           a.modified == b.modified;
}

bool has_same_content(const Node& a, const Node& b) {
    return a.content == b.content && a.link_target == b.link_target && a.device == b.device;
}

class Differ {
  public:
    Differ(Repository& repository, const DifferenceSink& sink, DiffReport& report)
        : repository_(repository), sink_(sink), report_(report) {}

    void compare_trees(const std::optional<Id>& before, const std::optional<Id>& after, const std::string& path);

  private:
    std::vector<Node> nodes_of(const std::optional<Id>& tree, const std::string& path);
    void compare(const Node& before, const Node& after, const std::string& path);
    void tell_all(Difference difference, const Node& node, const std::string& path);

    Repository& repository_;
    const DifferenceSink& sink_;
    DiffReport& report_;
    int depth_ = 0;
};

std::vector<Node> Differ::nodes_of(const std::optional<Id>& tree, const std::string& path) {
    if (!tree) {
        return {};
    }
    auto nodes = repository_.load_tree(*tree);
    if (!nodes) {
        report_.problems.add(path, nodes.error().message);
        return {};
    }
    return std::move(*nodes);
}

// The entry, and all below it when it is a folder.
void Differ::tell_all(Difference difference, const Node& node, const std::string& path) {
    const bool is_added = difference == Difference::added;
    ++(is_added ? report_.added : report_.removed);
    (is_added ? report_.added_bytes : report_.removed_bytes) += node.size;
    sink_(difference, path, node);
    if (node.subtree) {
        compare_trees(is_added ? std::nullopt : node.subtree, is_added ? node.subtree : std::nullopt, path);
    }
}

void Differ::compare(const Node& before, const Node& after, const std::string& path) {
    if (before.type != after.type) {
        ++report_.changed;
        sink_(Difference::type, path, after);
    } else if (!has_same_content(before, after)) {
        ++report_.changed;
        report_.added_bytes += after.size;
        report_.removed_bytes += before.size;
        sink_(Difference::content, path, after);
    } else if (!has_same_metadata(before, after)) {
        ++report_.changed_metadata;
        sink_(Difference::metadata, path, after);
    }
    compare_trees(before.subtree, after.subtree, path);
}

void Differ::compare_trees(const std::optional<Id>& before, const std::optional<Id>& after, const std::string& path) {
    if (before == after) {
        return;
    }
    if (depth_ >= folder_depth_max) {
        report_.problems.add(path, fmt::format("folders nest deeper than {} levels", folder_depth_max));
        return;
    }
    ++depth_;
    const auto old_nodes = nodes_of(before, path);
    const auto new_nodes = nodes_of(after, path);
    auto was = old_nodes.begin();
    auto is = new_nodes.begin();
    while (was != old_nodes.end() || is != new_nodes.end()) {
        const bool has_both = was != old_nodes.end() && is != new_nodes.end();
        if (has_both && was->name == is->name) {
            compare(*was, *is, join_path(path, is->name));
            ++was;
            ++is;
        } else if (is == new_nodes.end() || (has_both && was->name < is->name)) {
            tell_all(Difference::removed, *was, join_path(path, was->name));
            ++was;
        } else {
            tell_all(Difference::added, *is, join_path(path, is->name));
            ++is;
        }
    }
    --depth_;
}

}  // namespace

DiffReport diff_snapshots(Repository& repository, const Id& before, const Id& after, const DifferenceSink& sink) {
    DiffReport report;
    Differ(repository, sink, report).compare_trees(before, after, "/");
    return report;
}

}  // namespace vigie::agent::backup
