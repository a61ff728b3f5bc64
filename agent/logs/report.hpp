// What a run did, for people and for programs.
#pragma once
#include <string>
#include <vector>

namespace vigie::agent::logs {

enum class Outcome { rotated, planned, not_due, failed };
std::string_view name_of(Outcome outcome);

struct LogReport {
    std::string path;
    Outcome outcome = Outcome::not_due;
    std::string reason;                 // why it was due, or was not
    uint64_t bytes = 0;                 // of the log before its rotation
    std::vector<std::string> archives;  // the newest first; with planned: the one to come
    std::vector<std::string> steps;     // that were planned
};

struct RotationReport {
    std::vector<LogReport> logs;
    std::vector<std::string> warnings;
    std::vector<std::string> errors;
    std::vector<std::string> notes;  // of policies; for whoever asks for all that is to tell
    bool has_failed() const { return !errors.empty(); }
};

// One line for each log that was rotated or failed, and a closing count; `verbose` adds those that were not due
// and the steps, which a dry run always has.
std::string to_text(const RotationReport& report, bool verbose);
// One object with logs, warnings and errors; bytes that are no UTF-8 in a path are replaced. One that would be too
// large for a job's result is shortened, beginning with logs that were not due, and has "is_cut".
std::string to_json(const RotationReport& report);

}  // namespace vigie::agent::logs
