// Errors by what they have in common: how often, since when, and what is told of them when. A kind that is new is told
// at once; after that it is told how often it came meanwhile, rarely. Files that bring ever new kinds have only a
// number counted. What it holds is bounded.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/errors/record.hpp"
#include "shared/core/time.hpp"

namespace vigie::agent::errors {

// What a controller is told. Counts add up: each says what came since the report before it.
struct ErrorReport {
    std::string fingerprint;
    std::string file;  // the log it stood in
    LogRecord sample;  // the first of those counted
    uint64_t count = 0;
    WallTime first_seen{};  // of those counted
    WallTime last_seen{};
    bool is_flood = false;  // of kinds that are not told apart
    bool operator==(const ErrorReport&) const = default;
};

struct GroupLimits {
    // Each has a sample of 12 KiB at most, and some hundred bytes mostly.
    size_t groups_max = 500;
    // How many kinds of one file may be new at once, and how soon one more. Twenty is a bad release; a hundred a file
    // of which no two lines are alike.
    int64_t new_max = 20;
    milliseconds new_every{60'000};
    // A kind that goes on is told again after this, then after twice as long, up to the second.
    milliseconds repeat_first{300'000};
    milliseconds repeat_max{3'600'000};
};

class ErrorGroups {
  public:
    explicit ErrorGroups(GroupLimits limits = {}) : limits_(limits) {}

    // `record` must have been scrubbed.
    void add(const std::string& file, LogRecord&& record, WallTime at, MonoTime now);
    // What is to be told now. With `is_last` all that was counted and not told, as before the end.
    std::vector<ErrorReport> take_due(MonoTime now, bool is_last = false);

    size_t size() const { return groups_.size(); }
    // Since the beginning, of one file.
    uint64_t counted(const std::string& file) const;

  private:
    struct Group {
        ErrorReport report;
        MonoTime due{};
        MonoTime seen{};
        milliseconds pause{};  // before the next; 0: never told
    };
    struct File {
        uint64_t counted = 0;
        std::optional<int64_t> saved{};  // new kinds that may be told now; nothing: none was asked for yet
        MonoTime refilled_at{};
    };

    Group* find_or_add(const std::string& key, const std::string& file, MonoTime now);
    bool make_room();
    bool spend(const std::string& file, MonoTime now);
    static void count(Group& group, LogRecord&& record, WallTime at, MonoTime now);

    GroupLimits limits_;
    std::map<std::string, Group> groups_;  // by fingerprint and file
    std::map<std::string, File> files_;    // as many as are followed, and those that were
};

}  // namespace vigie::agent::errors
