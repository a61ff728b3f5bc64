// The crash journal of one unit: its whole plan is on disk before the first step, each step's end behind it. Removed
// when the state file knows the outcome. A line that a crash tore counts as not written.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "agent/logs/steps.hpp"
#include "shared/core/error.hpp"
#include "shared/os/fd.hpp"
#include "shared/os/files.hpp"

namespace vigie::agent::logs {

enum class Progress { open, done, failed };

struct InterruptedUnit {
    Unit unit;
    std::vector<Progress> progress;  // of each step
};

// Pure. corrupt when the plan itself does not read back.
Result<InterruptedUnit> parse_journal(std::string_view text);
std::string write_plan(const Unit& unit);

class Journal {
  public:
    // Holds nothing: for a run without a state file, which nobody can resume.
    static Journal none() { return Journal(Fd(), ""); }
    static Result<Journal> begin(Files& files, const std::string& path, const Unit& unit);
    // The unit of a run that was killed; nullopt when there is none.
    static Result<std::optional<InterruptedUnit>> load(Files& files, const std::string& path);
    // To go on behind the last whole line; a torn one is cut off.
    static Result<Journal> reopen(Files& files, const std::string& path);

    Result<void> mark(size_t step, Progress progress);
    Result<void> finish(Files& files);

  private:
    Journal(Fd file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}
    Fd file_;
    std::string path_;
};

}  // namespace vigie::agent::logs
