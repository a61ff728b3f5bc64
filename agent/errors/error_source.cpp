// Finding logs, and each of them from bytes to groups.
#include "agent/errors/error_source.hpp"

#include <fnmatch.h>

#include <algorithm>

#include "agent/errors/scrub.hpp"
#include "shared/core/units.hpp"

namespace vigie::agent::errors {
namespace {

// A new log is found within this many polls: ten seconds of one each.
constexpr int polls_between_looks = 10;
constexpr int quiet_polls_until_whole = 2;
// Of all logs: a poll that is under way must not keep the end of the agent waiting.
constexpr uint64_t poll_bytes_max = 32 * 1024 * 1024;

bool is_left_out(const LogSource& source, const std::string& path) {
    return std::any_of(source.except.begin(), source.except.end(),
                       [&](const std::string& pattern) { return fnmatch(pattern.c_str(), path.c_str(), 0) == 0; });
}

}  // namespace

ErrorSource::ErrorSource(LogFiles& files, ErrorOptions options, Positions known, GroupLimits limits)
    : files_(files), options_(std::move(options)), known_(std::move(known)), groups_(limits) {}

void ErrorSource::follow(const std::string& path, const LogSource& source, FileFollower::Begin begin) {
    std::optional<Position> position;
    if (const auto known = known_.find(path); known != known_.end()) {
        position = known->second;
        known_.erase(known);
    }
    followed_.try_emplace(path, Followed{.follower = FileFollower(files_, path, position, begin),
                                         .joiner = RecordJoiner(source.format, source.least,
                                                                [this, path](LogRecord&& record) {
                                                                    scrub_record(record);
                                                                    groups_.add(path, std::move(record), at_, now_);
                                                                }),
                                         .trouble = {}});
}

void ErrorSource::look_for_files(PollOutcome& outcome) {
    // What is there at the first look was there before us.
    const auto begin = has_looked_ ? FileFollower::Begin::at_start : FileFollower::Begin::at_end;
    if (has_looked_ && known_.size() > followed_files_max) {
        known_.clear();  // not only logs that a rotation takes away for a moment
    }
    has_looked_ = true;
    std::erase_if(followed_, [](const auto& each) { return each.second.follower.is_gone(); });
    size_t left_out = 0;
    for (const auto& source : options_.sources) {
        for (const auto& pattern : source.paths) {
            for (const auto& path : files_.find(pattern, 2 * followed_files_max)) {
                if (followed_.contains(path) || is_left_out(source, path)) {
                    continue;
                }
                if (followed_.size() == followed_files_max) {
                    ++left_out;
                    continue;
                }
                follow(path, source, begin);
            }
        }
    }
    if (left_out > 0 && !is_over_max_) {
        outcome.notices.push_back(
            fmt::format("{} logs are not looked at: more than {} match", left_out, followed_files_max));
    }
    is_over_max_ = left_out > 0;
}

void ErrorSource::note_trouble(Followed& followed, std::string trouble, PollOutcome& outcome) {
    if (followed.trouble != trouble && !trouble.empty()) {
        outcome.notices.push_back(trouble);
    }
    followed.trouble = std::move(trouble);
}

uint64_t ErrorSource::poll_file(Followed& followed, PollOutcome& outcome) {
    const auto polled = followed.follower.poll([&](std::string_view line) { followed.joiner.add_line(line); });
    if (!polled) {
        note_trouble(followed, polled.error().message, outcome);
        return 0;
    }
    note_trouble(followed, {}, outcome);
    if (polled->bytes_skipped > 0) {
        outcome.notices.push_back(
            fmt::format("{}: {} were passed over: the log grows faster than it is read, or was not read for long",
                        followed.follower.path(), format_bytes(Bytes{polled->bytes_skipped})));
    }
    followed.quiet_polls = polled->bytes > 0 ? 0 : followed.quiet_polls + 1;
    if (followed.quiet_polls >= quiet_polls_until_whole) {
        followed.joiner.end();
    }
    return polled->bytes;
}

// Round and round: when one poll has read enough, the next one begins with the log after it.
void ErrorSource::poll_some(PollOutcome& outcome) {
    auto each = followed_.lower_bound(next_path_);
    uint64_t bytes = 0;
    for (size_t polled = 0; polled < followed_.size(); ++polled, ++each) {
        each = each == followed_.end() ? followed_.begin() : each;
        if (bytes >= poll_bytes_max) {
            next_path_ = each->first;
            return;
        }
        bytes += poll_file(each->second, outcome);
    }
}

PollOutcome ErrorSource::poll(WallTime at, MonoTime now) {
    PollOutcome outcome;
    at_ = at;
    now_ = now;
    if (polls_until_look_-- == 0) {
        polls_until_look_ = polls_between_looks - 1;
        look_for_files(outcome);
    }
    poll_some(outcome);
    outcome.reports = groups_.take_due(now);
    for (const auto& [path, followed] : followed_) {
        outcome.counted.emplace(path, groups_.counted(path));
    }
    return outcome;
}

std::vector<ErrorReport> ErrorSource::finish(WallTime at, MonoTime now) {
    at_ = at;
    now_ = now;
    for (auto& [path, followed] : followed_) {
        followed.joiner.end();
    }
    return groups_.take_due(now, true);
}

Positions ErrorSource::positions() const {
    auto positions = known_;
    for (const auto& [path, followed] : followed_) {
        if (const auto position = followed.follower.position()) {
            positions.insert_or_assign(path, *position);
        }
    }
    return positions;
}

}  // namespace vigie::agent::errors
