// The kinds of checks and what each may be told: the one table that the configuration is read by, and the words that
// vigie-worker gets are read by again. Pure.
#pragma once
#include <span>

#include "agent/checks/check.hpp"
#include "shared/core/error.hpp"

namespace vigie::agent {

enum class SettingType {
    text,         // any but NUL
    word,         // letters, digits and . _ - : /
    host,         // a name or an address
    port,         // 1 to 65535
    url,          // http:// or https://, without a password in it
    path,         // from the root
    secret_file,  // likewise; its content is a password or a header
    pattern,      // a POSIX extended regular expression
    count,        // 0 or more
    duration,
    size,
    flag,         // true or false
    http_status,  // 200 or 2xx
    http_header,  // Name: value
    http_method,  // GET or HEAD
    dns_type,
    redis_role,  // master or replica
    program,     // and its arguments
};

struct SettingRule {
    std::string_view name;
    SettingType type = SettingType::text;
    bool is_required = false;
    bool is_list = false;
};

struct CheckKind {
    std::string_view name;
    std::string_view category;
    std::span<const SettingRule> settings;
};

std::span<const CheckKind> check_kinds();
const CheckKind* find_kind(std::string_view name);  // nullptr when there is none

constexpr size_t setting_bytes_max = 4096;
constexpr size_t setting_values_max = 64;

// Why the value is not what the setting takes; "" when it is.
std::string trouble_with(const SettingRule& rule, std::string_view value);

// What single values can't tell: settings that exclude each other, or a secret where others can read it.
struct SettingsTrouble {
    std::string_view setting;
    std::string why;
};
std::optional<SettingsTrouble> trouble_with(const CheckKind& kind, const Settings& settings);

// What vigie-worker is given: "check", the kind, "--timeout=10s" and "--setting=value"; of a command "command", "--"
// and the command itself. No secrets: they stand in files, which only the worker opens.
std::vector<std::string> worker_words(const Check& check);

struct ProbeWords {
    const CheckKind* kind = nullptr;
    milliseconds timeout{10s};
    Settings settings;
};
// The words behind "check". malformed names the word.
Result<ProbeWords> read_probe_words(std::span<const std::string> words);

}  // namespace vigie::agent
