// One name of the path after the other, from the root tree down.
#include "agent/backup/snapshot_paths.hpp"

#include <algorithm>

namespace vigie::agent::backup {
namespace {

bool is_missing(Repository& repository, Id tree, std::string_view path) {
    for (size_t begin = 1; begin < path.size();) {
        const auto slash = std::min(path.find('/', begin), path.size());
        const auto name = path.substr(begin, slash - begin);
        const auto nodes = repository.load_tree(tree);
        if (!nodes) {
            return false;
        }
        const auto node = std::find_if(nodes->begin(), nodes->end(), [&](const Node& n) { return n.name == name; });
        begin = slash + 1;
        if (node == nodes->end() || (!node->subtree && begin < path.size())) {
            return true;
        }
        tree = node->subtree.value_or(tree);
    }
    return false;
}

}  // namespace

bool is_below(std::string_view path, std::string_view folder) {
    return folder == "/" || (path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/'));
}

std::vector<std::string> paths_missing(Repository& repository, const Id& tree, const std::vector<std::string>& paths) {
    std::vector<std::string> missing;
    std::copy_if(paths.begin(), paths.end(), std::back_inserter(missing),
                 [&](const std::string& path) { return is_missing(repository, tree, path); });
    return missing;
}

}  // namespace vigie::agent::backup
