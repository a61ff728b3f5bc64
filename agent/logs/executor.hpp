// Carries out a unit step by step, with the journal beside it. Blocks: runs scripts, copies and compresses.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "agent/logs/copy_truncate.hpp"
#include "agent/logs/folder.hpp"
#include "agent/logs/journal.hpp"
#include "agent/logs/pulse.hpp"
#include "agent/logs/steps.hpp"

namespace vigie::agent::logs {

// How a warning begins that tells what an external compressor said; logrotate's words.
constexpr std::string_view compressor_said = "Compressing program wrote following message to stderr";

struct ExecutorLimits {
    milliseconds script_timeout{};
    bool shows_script_output = false;
    milliseconds writer_wait{};  // for a writer to let go of the archive, as after a signal in postrotate
    Pulse pulse;
};

struct LogOutcome {
    bool is_rotated = false;        // the live log has moved, was cut or (`copy`) has its copy
    bool is_block_refused = false;  // firstaction failed: no unit of this block may follow
    std::string archive;            // name of the newest
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
    std::string failure_of(const Step& step) const;
    Result<void> execute(size_t index);
    Result<void> touch(size_t index);
    Result<void> rename(const Step& step);
    Result<void> create(const Step& step);
    Result<void> compress(const Step& step);
    Result<void> remove(const Step& step);
    Result<void> shred(const std::string& name, const Folder& folder);
    Result<void> mail(const Step& step);
    Result<void> store(const Step& step);
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
    const Folder& source(const Step& step) const;
    const Folder& target(const Step& step) const;
    Folders folders(const Step& step) const { return {*live_[step.log], *archives_[step.log]}; }

    std::vector<std::optional<Folder>> live_;      // the folder of each log
    std::vector<std::optional<Folder>> archives_;  // of its archives
    std::vector<LogOutcome> outcomes_;
    std::vector<bool> is_stopped_;  // no further step for this log
};

}  // namespace vigie::agent::logs
