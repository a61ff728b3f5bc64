// What the planner asks of the executor. Every step can be repeated: the inode tells whether it has happened already.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shared/core/time.hpp"

namespace vigie::agent::logs {

enum class StepKind { prerotate, shift, move, copy, truncate, create, postrotate, compress, remove };
constexpr size_t step_kinds = 9;
std::string_view name_of(StepKind kind);

struct Step {
    StepKind kind = StepKind::shift;
    size_t log = 0;    // index in Unit::logs; a shared script stands for all of them
    std::string from;  // names inside the log's folder
    std::string to;
    uint64_t inode = 0;  // of `from`; 0 when the run itself makes that file
    unsigned mode = 0;   // create
    unsigned uid = 0;
    unsigned gid = 0;
    std::string script;  // with its $1 and $2
    std::string first;
    std::string second;
};

struct PlannedLog {
    std::string path;
    std::string folder;
    std::string name;
    uint64_t folder_device = 0;
    uint64_t folder_inode = 0;
    uint64_t device = 0;
    uint64_t inode = 0;
    uint64_t size = 0;
};

// What is done or left together: one log, or all logs of a block with `sharedscripts`.
struct Unit {
    std::string place;  // file:line of the block
    WallTime at{};      // goes into the state file
    bool is_shared = false;
    std::vector<PlannedLog> logs;
    std::vector<Step> steps;
};

}  // namespace vigie::agent::logs
