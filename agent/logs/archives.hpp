// The names of archives: LOG.N or LOG + date, each with or without .gz. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "agent/logs/policy.hpp"
#include "shared/core/time.hpp"

namespace vigie::agent::logs {

constexpr std::string_view compressed_suffix = ".gz";

struct ArchiveName {
    int64_t order = 0;  // the number, or for dates a value that grows with the date
    bool is_compressed = false;
};

std::string numbered_name(std::string_view log, int64_t number, bool is_compressed);
// nullopt when `name` is not LOG.N or LOG.N.gz with N from 1, written without leading zeros.
std::optional<ArchiveName> read_numbered(std::string_view log, std::string_view name);

// %Y %m %d %H %M %S %s and %% in local time. A format must hold at least one field.
Result<void> check_date_format(std::string_view format);
std::string dated_suffix(std::string_view format, WallTime now);
std::optional<ArchiveName> read_dated(std::string_view log, std::string_view format, std::string_view name);

// Either form of the block's naming, and the numbered one always: it is what an older policy may have left.
bool is_archive_of(const Block& block, std::string_view log, std::string_view name);

}  // namespace vigie::agent::logs
