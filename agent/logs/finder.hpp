// Patterns into logs: expands globs, tells logs from archives, finds a log that has two names once. Reads folders only.
#pragma once
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "agent/logs/folder.hpp"
#include "agent/logs/policy.hpp"

namespace vigie::agent::logs {

struct FoundLog {
    size_t block = 0;  // index into the blocks
    std::string path;
    std::string folder;
    std::string name;
    FileFacts facts;
};

// The content of a folder at the time of the search.
struct FoundFolder {
    uint64_t device = 0;
    uint64_t inode = 0;
    Listing listing;
};

struct Found {
    std::vector<FoundLog> logs;
    std::vector<FoundLog> gone;  // known from the state file or by name, with archives perhaps; no facts
    std::map<std::string, FoundFolder> folders;  // by path
    std::vector<std::string> warnings;
    std::vector<std::string> errors;
    std::set<size_t> incomplete;  // blocks with a log that should be there and is not
};

// `known_logs` are the paths in the state file: the archives of a log that is gone are archives still.
Found find_logs(std::span<const Block> blocks, const std::set<std::string>& known_logs);

}  // namespace vigie::agent::logs
