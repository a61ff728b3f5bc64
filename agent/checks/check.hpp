// A health check as the host's configuration defines it, and what one run of it found.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "shared/core/time.hpp"

namespace vigie::agent {

// The numbers are a Nagios plugin's exit codes, and the values of vigie_check_status.
enum class CheckStatus : uint8_t { ok = 0, warning = 1, critical = 2, unknown = 3 };
std::string_view name_of(CheckStatus status);  // "OK", "WARNING", "CRITICAL", "UNKNOWN"

// What a kind is told, by name; most have one value.
using Settings = std::map<std::string, std::vector<std::string>, std::less<>>;
// The setting's first value; "" when it is not there.
const std::string& first_of(const Settings& settings, std::string_view name);

struct Check {
    std::string name;
    std::string kind;
    std::string category;  // database, cache, queue, storage or services, or a word of the host's own
    std::string place;     // "FILE:LINE" of its configuration
    milliseconds interval{60s};
    milliseconds retry_interval{10s};  // while a change is soft
    milliseconds timeout{10s};
    int64_t max_attempts = 3;  // so many results in a row make a state hard
    std::map<std::string, std::string> labels;
    Settings settings;
    bool operator==(const Check&) const = default;
};

// FNV-1a: the same on every host and after every restart. http://www.isthe.com/chongo/tech/comp/fnv/
uint64_t hash_of(std::string_view text);

struct PerfValue {
    std::string label;
    double value = 0;
    std::string unit;  // "s", "B", "%", …; "" for none
    bool operator==(const PerfValue&) const = default;
};

struct CheckResult {
    CheckStatus status = CheckStatus::unknown;
    std::string text;  // what the check said: bounded, without control characters
    std::vector<PerfValue> values;
    milliseconds duration{0};
};

// A hundred checks are a large host; each has a timer, a dozen series and, a few at a time, a child.
constexpr size_t checks_max = 256;
// "check:" and the name are the source of an event, of which the controller shows 64 bytes.
constexpr size_t check_name_bytes_max = 58;
// Faster would be a load test. A second is the shortest that anyone should want; tests want less.
constexpr milliseconds check_interval_min{100};
constexpr milliseconds check_interval_max = std::chrono::hours{24};
constexpr milliseconds check_timeout_max = 10min;
constexpr int64_t check_attempts_max = 100;

}  // namespace vigie::agent
