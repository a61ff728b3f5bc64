// The logs that a configuration names, followed, and the errors of their lines. May block, as reading does: to be
// called on a pool thread, by one caller at a time. It knows no clock: a poll is told the time.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/errors/error_groups.hpp"
#include "agent/errors/error_options.hpp"
#include "agent/errors/file_follower.hpp"
#include "agent/errors/positions.hpp"
#include "agent/errors/record_joiner.hpp"

namespace vigie::agent::errors {

// Each costs a descriptor and up to 64 KiB of a line that has no end yet.
constexpr size_t followed_files_max = 200;

struct PollOutcome {
    std::vector<ErrorReport> reports;
    std::map<std::string, uint64_t> counted;  // by log: how many errors since it is followed
    std::vector<std::string> notices;         // for people: what can't be followed, what was passed over; each once
};

class ErrorSource {
  public:
    // `known`: from the run before; logs that are not in it are read from their end. `files` must outlive it.
    ErrorSource(LogFiles& files, ErrorOptions options, Positions known, GroupLimits limits = {});
    ErrorSource(const ErrorSource&) = delete;
    ErrorSource& operator=(const ErrorSource&) = delete;

    // Reads what is new, 32 MiB at most. To be called every second or so: what stays open of a record is whole after
    // two calls without a line.
    PollOutcome poll(WallTime at, MonoTime now);
    // All that was counted and not told, before the end.
    std::vector<ErrorReport> finish(WallTime at, MonoTime now);
    Positions positions() const;

  private:
    struct Followed {
        FileFollower follower;
        RecordJoiner joiner;
        int quiet_polls = 0;
        std::string trouble;  // told last
    };

    void look_for_files(PollOutcome& outcome);
    void follow(const std::string& path, const LogSource& source, FileFollower::Begin begin);
    void poll_some(PollOutcome& outcome);
    uint64_t poll_file(Followed& followed, PollOutcome& outcome);  // the bytes read
    void note_trouble(Followed& followed, std::string trouble, PollOutcome& outcome);

    LogFiles& files_;
    ErrorOptions options_;
    Positions known_;  // of logs that are not there now
    ErrorGroups groups_;
    std::map<std::string, Followed> followed_;  // by path
    WallTime at_{};                             // of the poll under way
    MonoTime now_{};
    int polls_until_look_ = 0;
    std::string next_path_;  // which a poll begins with
    bool has_looked_ = false;
    bool is_over_max_ = false;
};

}  // namespace vigie::agent::errors
