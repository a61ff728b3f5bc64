// Which processes a check means. Pure.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "shared/core/error.hpp"

namespace vigie::agent {

struct ProcessStat {
    std::string command;  // as the kernel cuts it, at 15 bytes
    char state = '?';     // Z: it has ended and nobody has asked how
};
// /proc/PID/stat, proc(5): the command stands in parentheses and may hold some itself.
std::optional<ProcessStat> parse_process_stat(std::string_view text);

// Whether a process is called so: by the kernel's name or the file name of its first argument. `cmdline` has a NUL
// behind each argument.
bool is_process_named(const ProcessStat& stat, std::string_view cmdline, std::string_view name);

// The arguments with blanks between them, as ps shows them.
std::string shown_command_line(std::string_view cmdline);

}  // namespace vigie::agent
