// The process's own log. Not for audit records or for anything that must survive: those go to a store.
// Lines never hold secrets; a message names the host, file or key it is about.
#pragma once
#include <optional>
#include <string>

#include <fmt/format.h>

#include "shared/core/error.hpp"
#include "shared/core/time.hpp"

namespace vigie::log {

enum class Level { debug, info, warning, error };

// To standard error until this is called; afterwards appended to the file, which reopen() opens again after a rotation.
Result<void> open_file(const std::string& path);
// For SIGHUP: after a rotation renamed the file, lines go to a new one of the old name.
Result<void> reopen();
void set_level(Level level);
Result<Level> parse_level(std::string_view text);

// One line, whatever stands in the message: its control characters are shown as \xNN. Any thread.
void write(Level level, std::string_view message);

// For lines that somebody outside can cause: lets `lines_max` of them pass in each period and counts the others. One
// thread.
struct Throttle {
    int lines_max;
    milliseconds period;

    // How many were left out since the last that passed; nullopt: leave this one out as well.
    std::optional<uint64_t> admit(MonoTime now);

    MonoTime began{};
    int passed = 0;
    uint64_t left_out = 0;
};
// " (and N more like it)", or "" for none.
std::string and_more(uint64_t left_out);

template <typename... Args>
void debug(fmt::format_string<Args...> text, Args&&... args) {
    write(Level::debug, fmt::format(text, std::forward<Args>(args)...));
}
template <typename... Args>
void info(fmt::format_string<Args...> text, Args&&... args) {
    write(Level::info, fmt::format(text, std::forward<Args>(args)...));
}
template <typename... Args>
void warning(fmt::format_string<Args...> text, Args&&... args) {
    write(Level::warning, fmt::format(text, std::forward<Args>(args)...));
}
template <typename... Args>
void error(fmt::format_string<Args...> text, Args&&... args) {
    write(Level::error, fmt::format(text, std::forward<Args>(args)...));
}

}  // namespace vigie::log
