// Words of a command line to options. By hand: a library in the engine would cost every host its memory.
#pragma once
#include <string>
#include <vector>

#include "agent/backup/pack_selection.hpp"
#include "agent/backup/pattern_source.hpp"
#include "agent/backup/restorer.hpp"
#include "agent/backup/retention.hpp"
#include "shared/core/error.hpp"
#include "shared/core/units.hpp"

namespace vigie::agent::backup {

struct CliOptions {
    std::string verb;
    bool wants_help = false;
    bool is_json = false;
    PackSelection packs;
    bool is_dry_run = false;
    bool prunes = false;
    bool remove_all = false;
    std::string repository;
    std::string password_file;
    std::string new_password_file;
    std::string target;
    std::string host;
    std::vector<std::string> tags;
    RetentionPolicy policy;
    SnapshotGrouping grouping;
    double unused_ratio_max = 0.05;
    PatternSource includes;
    PatternSource excludes;
    OverwritePolicy overwrite = OverwritePolicy::always;
    bool is_dense = false;
    bool excludes_caches = false;
    bool is_one_file_system = false;
    std::optional<Bytes> excludes_larger_than;
    std::vector<std::string> words;  // all that are no options
};

extern const char* const cli_usage;

// malformed, with a sentence for the user, when the words make no sense.
Result<CliOptions> parse_cli(const std::vector<std::string>& args);

}  // namespace vigie::agent::backup
