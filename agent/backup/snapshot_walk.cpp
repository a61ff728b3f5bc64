// With a stack of our own: a foreign snapshot may nest as it likes.
#include "agent/backup/snapshot_walk.hpp"

#include "shared/os/files.hpp"

namespace vigie::agent::backup {
namespace {

struct Level {
    std::string path;
    std::vector<Node> nodes;
    size_t next = 0;
};

// Each level holds the nodes of a folder; a snapshot whose trees hold themselves would never end.
constexpr size_t levels_max = 4096;

}  // namespace

void walk_snapshot(Repository& repository, const Id& tree, const EntryVisitor& visit, ProblemList& problems) {
    std::vector<Level> levels;
    const auto enter = [&](const Id& id, const std::string& path) {
        if (levels.size() == levels_max) {
            problems.add(path, fmt::format("folders nest deeper than {} levels", levels_max));
            return;
        }
        auto nodes = repository.load_tree(id);
        if (nodes) {
            levels.push_back({path, std::move(*nodes)});
        } else {
            problems.add(path, nodes.error().message);
        }
    };
    enter(tree, "/");
    while (!levels.empty()) {
        auto& level = levels.back();
        if (level.next == level.nodes.size()) {
            levels.pop_back();
            continue;
        }
        const auto& node = level.nodes[level.next++];
        if (!is_safe_name(node.name)) {
            problems.add(level.path, fmt::format("unsafe name \"{}\"", go_quote(node.name)));
            continue;
        }
        const auto path = join_path(level.path, node.name);
        const auto subtree = node.subtree;
        if (visit(path, node) == WalkStep::into && subtree) {
            enter(*subtree, path);  // moves the levels: nothing of them is used after this
        }
    }
}

}  // namespace vigie::agent::backup
