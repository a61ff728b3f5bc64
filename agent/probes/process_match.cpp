// Names and command lines.
#include "agent/probes/process_match.hpp"

#include <algorithm>

namespace vigie::agent {
namespace {
constexpr size_t comm_bytes_max = 15;
}

std::optional<ProcessStat> parse_process_stat(std::string_view text) {
    const auto open = text.find('(');
    const auto close = text.rfind(')');
    if (open == text.npos || close == text.npos || close < open || text.size() < close + 3 || text[close + 1] != ' ') {
        return std::nullopt;
    }
    return ProcessStat{.command = std::string(text.substr(open + 1, close - open - 1)), .state = text[close + 2]};
}

bool is_process_named(const ProcessStat& stat, std::string_view cmdline, std::string_view name) {
    if (stat.command == name) {
        return true;
    }
    auto program = cmdline.substr(0, cmdline.find('\0'));
    program.remove_prefix(program.rfind('/') == program.npos ? 0 : program.rfind('/') + 1);
    // Scripts: the kernel names them, the first argument is their interpreter. So a long name is compared as far as the
    // kernel keeps it.
    return program == name || (name.size() > comm_bytes_max && stat.command == name.substr(0, comm_bytes_max));
}

std::string shown_command_line(std::string_view cmdline) {
    std::string shown(cmdline.substr(0, cmdline.find_last_not_of('\0') + 1));
    std::replace(shown.begin(), shown.end(), '\0', ' ');
    return shown;
}

}  // namespace vigie::agent
