// The verb `logs rotate`. Blocks until all logs are done; for the worker process, never for a loop.
#pragma once
#include <string>
#include <vector>

#include "agent/logs/pulse.hpp"
#include "agent/logs/report.hpp"
#include "agent/logs/rotation_state.hpp"
#include "shared/core/error.hpp"
#include "shared/os/clock.hpp"

namespace vigie::agent::logs {

struct RotateOptions {
    std::vector<std::string> policy_files;
    std::string state_file{default_state_file};  // with .lock and .journal beside it; or no_state_file
    bool dry_run = false;                        // plans and checks; changes nothing, not even the state file
    bool force = false;
    // As logrotate takes it: policies are read tolerantly, a log with hard links is passed over, a bad line of the
    // state file is an error.
    bool is_tolerant = false;
    bool shows_script_output = false;  // on standard output, which then carries nothing else; otherwise standard error
    milliseconds script_timeout =
        5min;  // a service's reload takes seconds; a script that hangs must end within the hour
    std::string mail_command{"/usr/bin/mail"};  // takes -s SUBJECT ADDRESS, and the log on standard input
    milliseconds lock_wait = 10s;
    bool skips_lock = false;
    milliseconds writer_wait = 1s;
    Pulse pulse = [] {};
};

// The report holds the failures of single logs and policy files; the others are rotated none the less. An error means
// that nothing could be done: conflict when another run holds the lock, otherwise the state file or the journal is at
// fault.
Result<RotationReport> rotate(const RotateOptions& options, const Clock& clock);

}  // namespace vigie::agent::logs
