// The names of archives: a number or a date between the halves of the log's name, and what the compressor adds. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "agent/logs/policy.hpp"
#include "shared/core/time.hpp"

namespace vigie::agent::logs {

constexpr std::string_view gzip_suffix = ".gz";

// How the archives of one log are called: STEM.N TAIL, or STEM DATE TAIL, and each with a compressor's suffix.
struct Naming {
    std::string stem;  // the log's name, without its `extension`
    std::string tail;  // that extension; mostly empty
    std::string date_format{"-%Y%m%d"};
    std::string packed{gzip_suffix};  // the suffix of the block's compressor
    int start = 1;                    // the lowest number
};
Naming naming_of(const Block& block, std::string_view log);

struct ArchiveName {
    int64_t order = 0;   // the number, or for dates a value that grows with the date
    std::string packed;  // the compressor's suffix, of whichever compressor; empty: plain
    bool is_compressed() const { return !packed.empty(); }
};

std::string numbered_name(const Naming& naming, int64_t number, std::string_view packed = {});
// nullopt when `name` is no archive with a number from `start`, written without leading zeros.
std::optional<ArchiveName> read_numbered(const Naming& naming, std::string_view name);

// %Y %m %d %H %M %S %V %s %z and %% in local time. A format must hold at least one field.
Result<void> check_date_format(std::string_view format);
std::string dated_suffix(std::string_view format, WallTime now);
std::string dated_name(const Naming& naming, WallTime date);
std::optional<ArchiveName> read_dated(const Naming& naming, std::string_view name);
// The moment by whose date the archive of a rotation at `now` is called: `dateyesterday`, `datehourago`.
WallTime date_of_archive(const Block& block, WallTime now);

// Where the archives of the logs in `folder` go.
std::string archive_path_of(const Block& block, const std::string& folder);

// What is put behind the name of a file that is in the way of an archive.
constexpr std::string_view backup_format = "-%Y%m%d%H.backup";

// Either form of the block's naming, and the numbered one always: it is what an older policy may have left.
bool is_archive_of(const Block& block, std::string_view log, std::string_view name);

}  // namespace vigie::agent::logs
