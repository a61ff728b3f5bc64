// Configuration from one file or from a folder of them.
#pragma once
#include "shared/config/node.hpp"
#include "shared/os/files.hpp"

namespace vigie::config {

struct Document {
    std::string file;
    Node root;
};

// One file, or every *.yaml of a folder in the order of their names. not_found when there is nothing to read.
Result<std::vector<Document>> load_documents(Files& files, const std::string& path);

}  // namespace vigie::config
