// Syslog (RFC 3164 section 4.1, RFC 5424 section 6), and text that has no form.
#include <charconv>

#include "agent/errors/line_heads.hpp"
#include "agent/errors/line_scan.hpp"
#include "agent/errors/text_limits.hpp"

namespace vigie::agent::errors {
namespace {

constexpr size_t tag_bytes_max = 64;  // RFC 3164 allows 32 of the name; programs have longer ones
constexpr int structured_elements_max = 64;
constexpr size_t date_bytes = 10;  // 2026-11-28

// "<165>": facility * 8 + severity, at most 191.
std::optional<unsigned> take_priority(LineScan& scan) {
    auto ahead = scan;
    std::string_view digits;
    unsigned priority = 0;
    if (!ahead.take('<') || !ahead.take_until(">", digits) || digits.empty() || digits.size() > 3) {
        return std::nullopt;
    }
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), priority);
    if (error != std::errc{} || end != digits.data() + digits.size() || priority > 191) {
        return std::nullopt;
    }
    scan = ahead;
    return priority;
}

// "Nov 28 00:40:50", the day with a blank before it when it has one digit.
bool take_old_date(LineScan& scan) {
    auto ahead = scan;
    if (!ahead.take_letters(3) || !ahead.take(' ')) {
        return false;
    }
    ahead.skip_blanks();
    if (!ahead.take_digits(1, 2) || !ahead.take(' ') || !ahead.take_time()) {
        return false;
    }
    scan = ahead;
    return true;
}

// "[id name="value"…]…" or "-". RFC 5424 section 6.3: \" and \] stand for themselves inside of a value.
bool take_structured_data(LineScan& scan) {
    if (scan.take('-')) {
        return true;
    }
    auto rest = scan.rest();
    int elements = 0;
    while (rest.starts_with('[')) {
        size_t end = 1;
        bool is_quoted = false;
        while (end < rest.size() && (is_quoted || rest[end] != ']')) {
            if (rest[end] == '\\') {
                ++end;
            } else if (rest[end] == '"') {
                is_quoted = !is_quoted;
            }
            ++end;
        }
        if (end >= rest.size() || ++elements > structured_elements_max) {
            return false;
        }
        rest.remove_prefix(end + 1);
    }
    scan = LineScan(rest);
    return elements > 0;
}

std::string_view or_nothing(std::string_view field) {
    return field == "-" ? std::string_view() : field;
}

// "1 2026-11-28T00:40:50Z host app 123 ID47 - message", behind the priority.
std::optional<LineHead> structured_head(LineScan scan, unsigned priority) {
    if (!scan.take("1 ") || (!scan.take_date_time() && !scan.take('-')) || !scan.take(' ')) {
        return std::nullopt;
    }
    scan.word();  // host
    const auto program = scan.word();
    scan.word();  // process
    scan.word();  // message id
    if (program.empty() || !take_structured_data(scan)) {
        return std::nullopt;
    }
    scan.take(' ');
    scan.take("\xef\xbb\xbf");  // a byte order mark, as section 6.4 has it
    return LineHead{level_of_severity(priority % 8), or_nothing(program), scan.rest()};
}

// "prog[123]: message": the tag ends before a bracket or a colon.
std::optional<LineHead> tagged_head(LineScan scan, std::optional<unsigned> priority) {
    const auto rest = scan.rest();
    const auto end = rest.find_first_of("[: \t");
    if (end == std::string_view::npos || end == 0 || end > tag_bytes_max || rest[end] == ' ' || rest[end] == '\t') {
        return std::nullopt;
    }
    const auto program = rest.substr(0, end);
    scan = LineScan(rest.substr(end));
    std::string_view process;
    if (scan.take('[') && !scan.take_until("]", process)) {
        return std::nullopt;
    }
    if (!scan.take(':')) {
        return std::nullopt;
    }
    scan.take(' ');  // one only: what is indented further is somebody's stack trace
    const auto message = scan.rest();
    const auto level = priority ? level_of_severity(*priority % 8) : level_of_text(message).value_or(Level::info);
    return LineHead{level, program, message};
}

bool begins_as(std::string_view text, std::string_view with) {
    return text.starts_with(with);
}

}  // namespace

std::optional<LineHead> syslog_head(std::string_view line) {
    LineScan scan(line);
    const auto priority = take_priority(scan);
    if (priority) {
        if (const auto head = structured_head(scan, *priority)) {
            return head;
        }
    }
    // With a blank before the hour it is somebody else's: Go's log, PostgreSQL's.
    const bool is_rfc3339 = scan.rest().size() > date_bytes && scan.rest()[date_bytes] == 'T';
    if (!take_old_date(scan) && (!is_rfc3339 || !scan.take_date_time())) {
        return std::nullopt;
    }
    if (!scan.take(' ')) {
        return std::nullopt;
    }
    // A message from the host itself may come without its name, as through /dev/log.
    if (const auto head = priority ? tagged_head(scan, priority) : std::nullopt) {
        return head;
    }
    scan.word();  // host
    return tagged_head(scan, priority);
}

std::optional<Level> level_of_text(std::string_view text) {
    if (begins_as(text, "Traceback (most recent call last):") || begins_as(text, "Exception in thread \"") ||
        begins_as(text, "Uncaught ") || begins_as(text, "Unhandled ") || !exception_type_of(text).empty()) {
        return Level::error;
    }
    return guess_level(text);
}

std::optional<LineHead> plain_head(std::string_view line) {
    if (line.empty() || line.front() == ' ' || line.front() == '\t' || line.front() == '}' || line.front() == ')') {
        return std::nullopt;
    }
    for (const auto* begin : {"at ", "Caused by: ", "During handling of the above", "The above exception was",
                              "goroutine ", "Stack trace:", "#"}) {
        if (begins_as(line, begin)) {
            return std::nullopt;
        }
    }
    return LineHead{level_of_text(line).value_or(Level::info), {}, line};
}

}  // namespace vigie::agent::errors
