// Lines of log4j's family, and of Python's logging.
#include <algorithm>

#include "agent/errors/line_heads.hpp"
#include "agent/errors/line_scan.hpp"
#include "agent/errors/text_limits.hpp"

namespace vigie::agent::errors {
namespace {

// What may stand between a time and its level: a zone, a process, a thread, a session. More is another format.
constexpr int ornaments_max = 4;
constexpr size_t zone_bytes_max = 5;

// "ERROR", "[ERROR]", "ERROR:", "<Error>".
std::optional<Level> level_of_field(std::string_view field) {
    if (field.ends_with(':')) {
        field.remove_suffix(1);
    }
    if (field.size() > 2 &&
        ((field.front() == '[' && field.back() == ']') || (field.front() == '<' && field.back() == '>'))) {
        field = field.substr(1, field.size() - 2);
    }
    return level_of_word(field);
}

bool is_number(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

bool is_zone(std::string_view text) {
    return text.size() >= 2 && text.size() <= zone_bytes_max &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

// "[main]", "[http-nio-8080 exec 1]": with blanks inside.
bool take_bracketed(LineScan& scan) {
    auto ahead = scan;
    std::string_view inside;
    if (!ahead.take('[') || !ahead.take_until("]", inside)) {
        return false;
    }
    ahead.skip_blanks();
    scan = ahead;
    return true;
}

bool take_ornament(LineScan& scan) {
    if (take_bracketed(scan) || scan.take("--- ") || scan.take("- ")) {
        return true;
    }
    auto ahead = scan;
    if (const auto field = ahead.word(); !is_number(field) && !is_zone(field)) {
        return false;
    }
    scan = ahead;
    return true;
}

std::optional<Level> take_level(LineScan& scan) {
    for (int passed = 0; passed <= ornaments_max; ++passed) {
        auto ahead = scan;
        if (const auto level = level_of_field(ahead.word())) {
            scan = ahead;
            return level;
        }
        if (!take_ornament(scan)) {
            break;
        }
    }
    return std::nullopt;
}

// "com.foo.Bar - message", "com.foo.Bar : message", "name: message"; else all of it is the message.
LineHead split_logger(Level level, LineScan scan) {
    auto ahead = scan;
    if (is_number(ahead.word()) && ahead.take("--- ")) {  // Spring Boot's process
        scan = ahead;
    }
    for (int passed = 0; passed < ornaments_max; ++passed) {
        if (!take_bracketed(scan) && !scan.take("--- ") && !scan.take("- ")) {
            break;
        }
    }
    ahead = scan;
    auto logger = ahead.word();
    if (ahead.take("- ") || ahead.take(": ")) {
        ahead.skip_blanks();
        return LineHead{level, logger, ahead.rest()};
    }
    if (logger.size() > 1 && logger.ends_with(':') && logger.size() <= field_bytes_max &&
        exception_type_of(scan.rest()).empty()) {
        logger.remove_suffix(1);
        return LineHead{level, logger, ahead.rest()};
    }
    return LineHead{level, {}, scan.rest()};
}

// "2026-11-28 00:40:50,123 - name - ERROR - message", the format of logging's tutorial. Behind the time.
std::optional<LineHead> dashed_head(LineScan scan) {
    std::string_view name;
    std::string_view level_name;
    if (!scan.take(" - ") || !scan.take_until(" - ", name) || name.size() > field_bytes_max ||
        !scan.take_until(" - ", level_name)) {
        return std::nullopt;
    }
    const auto level = level_of_word(level_name);
    return level ? std::optional(LineHead{*level, name, scan.rest()}) : std::nullopt;
}

// "ERROR:root:message": logging.basicConfig without a format.
std::optional<LineHead> colon_head(LineScan scan) {
    std::string_view level_name;
    std::string_view name;
    if (!scan.take_until(":", level_name)) {
        return std::nullopt;
    }
    const auto level = level_of_word(level_name);
    const bool is_shouted =
        std::all_of(level_name.begin(), level_name.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!level || !is_shouted || !scan.take_until(":", name) || name.empty() ||
        name.find_first_of(" \t") != std::string_view::npos) {
        return std::nullopt;
    }
    return LineHead{*level, name, scan.rest()};
}

// "[2026-11-28 00:40:50,123] ERROR in app: message" (Flask), "[2026-11-28 00:40:50,123: ERROR/MainProcess] message"
// (Celery).
std::optional<LineHead> bracketed_head(LineScan scan) {
    std::string_view field;
    if (!scan.take('[') || !scan.take_date_time()) {
        return std::nullopt;
    }
    if (scan.take(": ") && scan.take_until("]", field)) {
        const auto slash = field.find('/');
        const auto level = level_of_word(field.substr(0, slash));
        scan.skip_blanks();
        const auto process = slash == std::string_view::npos ? std::string_view() : field.substr(slash + 1);
        return level ? std::optional(LineHead{*level, process, scan.rest()}) : std::nullopt;
    }
    if (!scan.take("] ")) {
        return std::nullopt;
    }
    const auto level = level_of_field(scan.word());
    if (!level) {
        return std::nullopt;
    }
    auto ahead = scan;
    if (ahead.take("in ") && ahead.take_until(": ", field) && field.find(' ') == std::string_view::npos) {
        return LineHead{*level, field, ahead.rest()};
    }
    return split_logger(*level, scan);
}

// Every part of a type's name: com.foo.Bar$Inner, App\Foo, foo::Bar.
bool is_type_character(char c) {
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '_' || c == '.' || c == '$' || c == '\\';
}

}  // namespace

std::optional<LineHead> log4j_head(std::string_view line) {
    LineScan scan(line);
    if (!scan.take_date_time() && !scan.take_time()) {
        return std::nullopt;
    }
    scan.skip_blanks();
    const auto level = take_level(scan);
    return level ? std::optional(split_logger(*level, scan)) : std::nullopt;
}

std::optional<LineHead> python_head(std::string_view line) {
    LineScan scan(line);
    if (line.starts_with("Traceback (most recent call last):")) {
        return LineHead{Level::error, {}, line};
    }
    if (line.starts_with('[')) {
        return bracketed_head(scan);
    }
    if (!scan.take_date_time()) {
        return colon_head(scan);
    }
    if (const auto head = dashed_head(scan)) {
        return head;
    }
    return log4j_head(line);
}

std::string_view exception_type_of(std::string_view line) {
    size_t end = 0;
    while (end < line.size() && end <= field_bytes_max &&
           (is_type_character(line[end]) || line.substr(end, 2) == "::")) {
        end += line[end] == ':' ? 2 : 1;
    }
    const auto name = line.substr(0, std::min(end, line.size()));
    if (name.empty() || is_digit(name.front()) || name.size() > field_bytes_max ||
        (end < line.size() && line[end] != ':')) {
        return {};
    }
    for (const auto* end_of_name : {"Error", "Exception", "Throwable", "Fault", "Interrupt", "Exit"}) {
        if (name.ends_with(end_of_name) && name != "Error") {
            return name;
        }
    }
    return name == "Error" && end < line.size() ? name : std::string_view();
}

}  // namespace vigie::agent::errors
