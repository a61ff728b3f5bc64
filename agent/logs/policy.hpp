// What one block of a policy file asks for. Filled by the parser; nothing here has touched the disk.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace vigie::agent::logs {

enum class Criterion { size, hourly, daily, weekly, monthly, yearly };
constexpr int any_weekday = 7;  // `weekly 7`: seven days after the last rotation, whatever day that is

// What `create` and `createolddir` name; what they leave out is taken from the old log.
struct CreateRule {
    std::optional<unsigned> mode;
    std::optional<std::string> owner;
    std::optional<std::string> group;
};

struct UserRule {
    std::string user;  // a name or a number
    std::string group;
    std::string place;  // file:line
};

constexpr int keep_all = -1;  // `rotate -1`

// The values here are logrotate's own defaults.
struct Block {
    std::string file;
    int line = 0;
    std::vector<std::string> patterns;  // as glob(7) reads them: a backslash quotes

    Criterion criterion = Criterion::size;
    std::string criterion_word;      // the directive in this block that set it; empty: none
    std::vector<std::string> notes;  // what is lawful and yet a slip, perhaps
    int weekday = 0;                 // of weekly: 0 is Sunday, or any_weekday
    int monthday = 1;                // of monthly
    uint64_t size_bytes = uint64_t{1} << 20;
    std::optional<uint64_t> min_bytes;
    std::optional<uint64_t> max_bytes;
    std::optional<int> min_age_days;  // of the log
    std::optional<int> max_age_days;  // of its archives
    int keep = 0;                     // archives, or keep_all
    int start = 1;                    // number of the newest

    std::optional<CreateRule> create;
    bool copy = false;
    bool copytruncate = false;
    bool renamecopy = false;
    std::string olddir;  // empty: beside the log; not absolute: below the log's folder
    std::optional<CreateRule> createolddir;
    std::optional<UserRule> su;
    bool compress = false;
    std::string compress_command;  // empty: gzip
    std::string compress_options;
    std::string compress_suffix{".gz"};
    std::string uncompress_command{"gunzip"};
    bool delaycompress = false;
    bool missingok = false;
    bool notifempty = false;
    bool sharedscripts = false;
    bool allowhardlink = false;
    bool ignoreduplicates = false;
    bool dateext = false;
    bool dateyesterday = false;
    bool datehourago = false;
    std::string date_format;    // empty: what the criterion asks for, see archives.hpp
    std::string extension;      // ".log": the archive of a.log is a.1.log
    std::string add_extension;  // the same, and that of a is a.1.log
    std::string mail_address;   // empty: none
    bool mailfirst = false;     // the newest archive goes by mail, else the one that is about to be removed
    bool shred = false;
    int shred_cycles = 0;   // 0: shred's own number
    std::string prerotate;  // text for /bin/sh; empty: none
    std::string postrotate;
    std::string preremove;
    std::string firstaction;
    std::string lastaction;

    std::string place() const { return fmt::format("{}:{}", file, line); }
};

}  // namespace vigie::agent::logs
