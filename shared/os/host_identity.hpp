// Who runs here: the host's name, its boot, and when a process started. A pid alone names different processes over
// time; host, boot id, pid and start time together name one for ever.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace vigie {

std::string host_name();  // as uname -n; "unknown" when the kernel gives none
std::string boot_id();    // 36 characters, new at each boot; empty where the kernel gives none

// Field 22 of /proc/PID/stat: clock ticks after boot at which the process started. Nothing when no such process lives.
std::optional<uint64_t> process_started_ticks(pid_t pid);

}  // namespace vigie
