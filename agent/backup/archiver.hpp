// Takes a snapshot of folders and files. Reads only what changed since the parent snapshot; never opens anything but
// regular files and folders; goes on past what it cannot read and tells of it.
#pragma once
#include <string>
#include <vector>

#include "agent/backup/lock.hpp"
#include "agent/backup/path_pattern.hpp"
#include "agent/backup/progress.hpp"
#include "agent/backup/repository.hpp"
#include "shared/core/units.hpp"

namespace vigie::agent::backup {

// What a run leaves out on purpose.
struct ExcludeRules {
    PathPatterns patterns;
    // Of a folder with a CACHEDIR.TAG (https://bford.info/cachedir/) only that file.
    bool caches = false;
    // A folder on another file system than the source is saved empty: what is mounted there is left out.
    bool other_file_systems = false;
    std::optional<Bytes> larger_than;  // files
};

struct ArchiveRequest {
    std::vector<std::string> paths;  // absolute and clean, see clean_path()
    std::string host;
    std::vector<std::string> tags;
    std::string program_version;
    // Device and inode of a folder to leave out: the repository, should it lie inside a source.
    std::optional<std::pair<uint64_t, uint64_t>> left_out;
    ExcludeRules excludes;
    std::vector<std::string> exclude_texts;  // as they stand in the snapshot, for people
};

struct RunReport {
    Id snapshot;
    std::optional<Id> parent;
    uint64_t files_new = 0;
    uint64_t files_changed = 0;
    uint64_t files_unmodified = 0;
    uint64_t folders = 0;
    uint64_t others = 0;  // links, FIFOs, devices, sockets
    uint64_t vanished = 0;
    uint64_t excluded = 0;       // entries left out on purpose; what lies below them is not counted
    uint64_t source_bytes = 0;   // of all files in the snapshot
    uint64_t added_bytes = 0;    // what the repository grew by
    uint64_t adopted_packs = 0;  // left by a killed run and used again
    uint64_t lost_packs = 0;     // listed by the index and gone or too short; stored again as far as it is met
    ProblemList problems;        // left out of the snapshot
    std::vector<std::string> changed_while_read;
    std::vector<std::string> notes;
    bool is_partial() const { return problems.count != 0; }
};

// `path` from `folder` when relative, without ".", ".." and double slashes.
std::string clean_path(std::string_view path, std::string_view folder);

// An error: nothing of the sources could be read, or the repository failed. No snapshot then.
// Loads the index, writes packs, index and at last the snapshot.
Result<RunReport> archive(Repository& repository, RepositoryLock& lock, Clock& clock, const ArchiveRequest& request,
                          const ProgressSink& progress);

}  // namespace vigie::agent::backup
