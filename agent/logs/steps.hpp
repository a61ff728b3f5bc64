// What the planner asks of the executor. Every step can be repeated: the inode tells whether it has happened already.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shared/core/time.hpp"

namespace vigie::agent::logs {

// The journal holds them as numbers: new ones go to the end. `copy` prepares `truncate`, `snapshot` stands alone;
// `hold` (LOG to LOG.tmp) prepares `store`, which makes the archive of that.
enum class StepKind {
    prerotate,
    shift,
    move,
    copy,
    truncate,
    create,
    postrotate,
    compress,
    remove,
    snapshot,
    hold,
    store,
    mail,
    preremove,
    firstaction,
    lastaction
};
constexpr size_t step_kinds = 16;
std::string_view name_of(StepKind kind);

struct Step {
    StepKind kind = StepKind::shift;
    size_t log = 0;    // index in Unit::logs; a shared script stands for all of them
    std::string from;  // names inside the folder of the log or of its archives, see is_from_archives
    std::string to;
    uint64_t inode = 0;  // of `from`; 0 when the run itself makes that file
    unsigned mode = 0;   // create
    unsigned uid = 0;
    unsigned gid = 0;
    std::string script;  // a script's text; of mail the command that decodes `from`, or empty
    std::string first;   // a script's $1; of mail the subject; of create the file whose ACL the new log gets
    std::string second;  // a script's $2
};

// `olddir` puts archives into a folder of their own: which one `from` and `to` stand in.
constexpr bool is_from_archives(StepKind kind) {
    return kind == StepKind::shift || kind == StepKind::compress || kind == StepKind::remove ||
           kind == StepKind::mail || kind == StepKind::preremove;
}
constexpr bool is_to_archives(StepKind kind) {
    return kind != StepKind::hold && kind != StepKind::create;
}
constexpr bool is_script(StepKind kind) {
    return kind == StepKind::prerotate || kind == StepKind::postrotate || kind == StepKind::preremove ||
           kind == StepKind::firstaction || kind == StepKind::lastaction;
}
// The step that gives an archive its name.
constexpr bool is_making_archive(StepKind kind) {
    return kind == StepKind::move || kind == StepKind::copy || kind == StepKind::snapshot || kind == StepKind::store;
}

struct PlannedLog {
    std::string path;
    std::string folder;
    std::string name;
    uint64_t folder_device = 0;
    uint64_t folder_inode = 0;
    uint64_t device = 0;
    uint64_t inode = 0;
    uint64_t size = 0;
    std::string archive_folder;  // `folder` but for olddir
    uint64_t archive_device = 0;
    uint64_t archive_inode = 0;
};

enum class Codec { gzip, zstd, external };  // the journal holds them as numbers

// What the steps of a unit are done with.
struct Tools {
    Codec codec = Codec::gzip;
    int level = -1;                // of gzip and zstd; -1 is zlib's default
    std::string compress_command;  // external
    std::string compress_options;  // words with spaces between
    std::string mail_command;
    std::string mail_address;
    bool shreds = false;
    int shred_cycles = 0;        // 0: shred's own number
    bool is_other_user = false;  // `su`
    unsigned uid = 0;
    unsigned gid = 0;
};

// What is done or left together: one log, or all logs of a block with `sharedscripts`.
struct Unit {
    std::string place;  // file:line of the block
    WallTime at{};      // goes into the state file
    bool is_shared = false;
    Tools tools;
    std::vector<PlannedLog> logs;
    std::vector<Step> steps;
};

}  // namespace vigie::agent::logs
