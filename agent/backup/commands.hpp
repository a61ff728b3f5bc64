// What a backup can be told to do, each as one call that blocks. For vigie-worker and for the command line (cli.hpp).
#pragma once
#include <string>
#include <vector>

#include "agent/backup/access.hpp"
#include "agent/backup/archiver.hpp"
#include "agent/backup/pattern_source.hpp"
#include "agent/backup/restorer.hpp"
#include "agent/backup/verifier.hpp"

namespace vigie::agent::backup {

struct InitOptions {
    Access access;
};
struct InitReport {
    std::string repository;
    std::string id;
};
Result<InitReport> init(const InitOptions& options);

struct RunOptions {
    Access access;
    std::vector<std::string> paths;  // relative ones from the current folder
    std::vector<std::string> tags;
    std::string host;  // "": this host's name
    PatternSource excludes = {};
    bool excludes_caches = false;
    bool is_one_file_system = false;
    std::optional<Bytes> excludes_larger_than = {};
};
Result<RunReport> run(const RunOptions& options, const ProgressSink& progress);

struct ListOptions {
    Access access;
    std::string host;  // "": of all hosts
    std::string tag;
};
struct ListedSnapshot {
    Snapshot snapshot;
    bool is_in_future = false;  // by this host's clock: a wrong clock made it; it is never the latest
};
struct ListReport {
    std::vector<ListedSnapshot> snapshots;  // oldest first
    std::vector<Error> problems;            // snapshots that can't be read
    std::vector<std::string> notes;         // such as why none are listed
};
Result<ListReport> list(const ListOptions& options);

struct RestoreOptions {
    Access access;
    std::string snapshot;  // "latest", or the first digits of its id
    std::string target;
    std::vector<std::string> paths;  // as they stand in the snapshot; none: everything
    std::string host;                // these two narrow down "latest"
    std::string tag;
    PatternSource includes = {};  // none: everything
    PatternSource excludes = {};
    OverwritePolicy overwrite = OverwritePolicy::always;
    bool is_sparse = true;
};
Result<RestoreReport> restore(const RestoreOptions& options, const ProgressSink& progress);

struct VerifyOptions {
    Access access;
    PackSelection packs = {};  // of which every byte is read
};
Result<VerifyReport> verify(const VerifyOptions& options, const ProgressSink& progress);

}  // namespace vigie::agent::backup
