// What one block of a policy file asks for. Filled by the parser; nothing here has touched the disk.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace vigie::agent::logs {

enum class Criterion { size, daily };

// What `create` names; what it leaves out is taken from the old log.
struct CreateRule {
    std::optional<unsigned> mode;
    std::optional<std::string> owner;
    std::optional<std::string> group;
};

constexpr int keep_all = -1;  // `rotate -1`

// The values here are logrotate's own defaults.
struct Block {
    std::string file;
    int line = 0;
    std::vector<std::string> patterns;  // as glob(7) reads them: a backslash quotes

    Criterion criterion = Criterion::size;
    uint64_t size_bytes = uint64_t{1} << 20;
    std::optional<uint64_t> min_bytes;
    std::optional<uint64_t> max_bytes;
    int keep = 0;  // archives, or keep_all

    std::optional<CreateRule> create;
    bool copytruncate = false;
    bool compress = false;
    bool delaycompress = false;
    bool missingok = false;
    bool notifempty = false;
    bool sharedscripts = false;
    bool dateext = false;
    std::string date_format = "-%Y%m%d";
    std::string prerotate;  // text for /bin/sh; empty: none
    std::string postrotate;

    std::string place() const { return fmt::format("{}:{}", file, line); }
};

}  // namespace vigie::agent::logs
