// Carries out a unit step by step, with the journal beside it. Blocks: runs scripts, copies and compresses.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "agent/logs/folder.hpp"
#include "agent/logs/journal.hpp"
#include "agent/logs/pulse.hpp"
#include "agent/logs/steps.hpp"

namespace vigie::agent::logs {

struct ExecutorLimits {
    milliseconds script_timeout{};
    milliseconds writer_wait{};  // for a writer to let go of the archive, as after a signal in postrotate
    Pulse pulse;
};

struct LogOutcome {
    bool is_rotated = false;  // the live log has moved or was cut
    std::string archive;      // name of the newest
    std::vector<std::string> warnings;
    std::vector<std::string> errors;
};

class Executor {
  public:
    // Steps that `progress` calls done or failed are not repeated; `is_resumed` says that one may have happened
    // unrecorded.
    Executor(const Unit& unit, std::vector<Progress> progress, bool is_resumed, Journal& journal,
             const ExecutorLimits& limits);

    // One outcome for each log of the unit. An error is one of the journal: nothing more may be changed then.
    Result<std::vector<LogOutcome>> run();

  private:
    bool is_idle(const Step& step) const;
    Result<void> execute(size_t index);
    Result<void> rename(const Step& step);
    Result<void> create(const Step& step);
    Result<void> compress(const Step& step);
    Result<void> remove(const Step& step);
    Result<bool> is_still_written(const Step& step);
    void note_done(const Step& step);
    void note_failed(size_t index, Error error);
    void undo_shifts(size_t log);
    void open_folders();

    const Unit& unit_;
    std::vector<Progress> progress_;
    bool is_resumed_;
    Journal& journal_;
    const ExecutorLimits& limits_;
    std::vector<std::optional<Folder>> folders_;  // of each log
    std::vector<LogOutcome> outcomes_;
    std::vector<bool> is_stopped_;  // no further step for this log
};

}  // namespace vigie::agent::logs
