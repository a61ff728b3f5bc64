#include "agent/logs/rotation_state.hpp"

#include <cstdio>
#include <ctime>
#include <optional>

#include "agent/logs/quoting.hpp"

namespace vigie::agent::logs {
namespace {

constexpr std::string_view header = "logrotate state -- version 2";
constexpr std::string_view header_1 = "logrotate state -- version 1";  // paths without quotes

// "2026-11-25-1:02:03", or the date alone. A year before 1970 is a clock that was wrong: the epoch makes the log due.
std::optional<WallTime> read_date(std::string_view text) {
    std::tm local{};
    int used = 0;
    const std::string copy(text);
    const int fields = std::sscanf(copy.c_str(), "%5d-%2d-%2d%n-%2d:%2d:%2d%n", &local.tm_year, &local.tm_mon,
                                   &local.tm_mday, &used, &local.tm_hour, &local.tm_min, &local.tm_sec, &used);
    if ((fields != 3 && fields != 6) || used != static_cast<int>(text.size()) || local.tm_mon < 1 ||
        local.tm_mon > 12 || local.tm_mday < 1 || local.tm_mday > 31 || local.tm_hour < 0 || local.tm_hour > 23 ||
        local.tm_min < 0 || local.tm_min > 59 || local.tm_sec < 0 || local.tm_sec > 61) {
        return std::nullopt;
    }
    if (local.tm_year < 1970) {
        return WallTime{};
    }
    local.tm_year -= 1900;
    local.tm_mon -= 1;
    local.tm_isdst = -1;
    return WallTime{seconds{std::mktime(&local)}};
}

bool read_line(std::string_view line, RotationState& state) {
    auto path = take_quoted(line);
    if (!path) {
        const auto space = line.find(' ');
        if (space == line.npos || line.starts_with('"')) {
            return false;
        }
        path = std::string(line.substr(0, space));
        line.remove_prefix(space + 1);
    }
    const auto date = read_date(line);
    if (!date) {
        return false;
    }
    state.last_rotated[*path] = *date;
    return true;
}

}  // namespace

Result<RotationState> parse_state(std::string_view text, std::string_view file) {
    RotationState state;
    int number = 0;
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto line = text.substr(0, end);
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
        if (++number == 1) {
            if (line != header && line != header_1) {
                return fail(ErrorCode::malformed,
                            "{}:1: not a state file of log rotation: the first line should be '{}'", file, header);
            }
        } else if (!line.empty() && !read_line(line, state)) {
            state.bad_lines.push_back(number);
            state.warnings.push_back(
                fmt::format("{}:{}: entry dropped, it is not '\"path\" date': {}", file, number, line));
        }
    }
    return state;
}

std::string write_state(const RotationState& state) {
    std::string text = fmt::format("{}\n", header);
    for (const auto& [path, time] : state.last_rotated) {
        const auto at = static_cast<time_t>(std::chrono::floor<seconds>(time.time_since_epoch()).count());
        std::tm local{};
        localtime_r(&at, &local);
        text += fmt::format("{} {}-{}-{}-{}:{}:{}\n", quoted(path), local.tm_year + 1900, local.tm_mon + 1,
                            local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec);
    }
    return text;
}

}  // namespace vigie::agent::logs
