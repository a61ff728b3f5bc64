// PHP's error log, PHP-FPM's, and Monolog's LineFormatter.
#include <charconv>

#include "agent/errors/line_heads.hpp"
#include "agent/errors/line_scan.hpp"
#include "agent/errors/text_limits.hpp"

namespace vigie::agent::errors {
namespace {

constexpr std::string_view php_prefix = "PHP ";

// "[28-Nov-2026 00:40:50 Europe/Berlin] ", the zone optional.
bool take_php_time(LineScan& scan) {
    auto ahead = scan;
    std::string_view zone;
    if (!ahead.take('[') || !ahead.take_digits(2, 2) || !ahead.take('-') || !ahead.take_letters(3) ||
        !ahead.take('-') || !ahead.take_digits(4, 4) || !ahead.take(' ') || !ahead.take_time() ||
        !ahead.take_until("] ", zone) || zone.size() > 64) {
        return false;
    }
    scan = ahead;
    return true;
}

// What stands before the colon: php_error_cb() of main/main.c writes these.
std::optional<Level> php_level(std::string_view kind) {
    if (kind == "Notice" || kind == "Deprecated" || kind == "Strict Standards") {
        return Level::notice;
    }
    if (kind == "Warning") {
        return Level::warning;
    }
    if (kind == "Fatal error" || kind == "Parse error" || kind == "Recoverable fatal error" ||
        kind == "Catchable fatal error" || kind == "Unknown error") {
        return Level::error;
    }
    return std::nullopt;
}

uint32_t leading_number(std::string_view text) {
    uint32_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

// "message in FILE on line 12", and since PHP 7 of exceptions "message in FILE:12".
void take_place(LogRecord& record) {
    const std::string_view message = record.message;
    const auto at = message.rfind(" in /");
    if (at == std::string_view::npos) {
        return;
    }
    const auto rest = message.substr(at + 4);
    const auto words = rest.find(" on line ");
    const auto end = words == std::string_view::npos ? rest.rfind(':') : words;
    if (end == std::string_view::npos) {
        return;
    }
    const auto line = leading_number(rest.substr(words == std::string_view::npos ? end + 1 : end + 9));
    if (line == 0) {
        return;
    }
    record.place =
        CodePlace{.file = std::string(cut_to(rest.substr(0, end), field_bytes_max)), .line = line, .function = {}};
    record.message.resize(at);
}

// "Uncaught App\Broken: message", and of PHP 5 "Uncaught exception 'Broken' with message 'm'".
void take_exception(LogRecord& record) {
    LineScan scan(record.message);
    std::string_view skipped;
    std::string_view type;
    if (!scan.take_until("Uncaught ", skipped)) {
        return;
    }
    const bool is_old = scan.take("exception '");
    if (!scan.take_until(is_old ? "'" : ":", type) || type.empty() || type.size() > field_bytes_max ||
        type.find(' ') != std::string_view::npos) {
        return;
    }
    record.exception = type;
}

}  // namespace

std::optional<LineHead> monolog_head(std::string_view line) {
    LineScan scan(line);
    if (!scan.take('[') || !scan.take_date_time() || !scan.take("] ")) {
        return std::nullopt;
    }
    std::string_view name;
    if (!scan.take_until(": ", name)) {
        return std::nullopt;
    }
    const auto dot = name.rfind('.');
    if (dot == std::string_view::npos || dot > field_bytes_max || name.find(' ') != std::string_view::npos) {
        return std::nullopt;
    }
    const auto level = level_of_word(name.substr(dot + 1));
    return level ? std::optional(LineHead{*level, name.substr(0, dot), scan.rest()}) : std::nullopt;
}

// "message {"exception":"[object] (App\\Broken(code: 0): what at /srv/app/x.php:12)"} []": context and extra are JSON.
void add_monolog_details(LogRecord& record) {
    const std::string_view message = record.message;
    const auto context = message.find(" {\"");
    LineScan scan(context == std::string_view::npos ? std::string_view() : message.substr(context));
    std::string_view skipped;
    std::string_view type;
    if (scan.take_until("[object] (", skipped) && scan.take_until("(code: ", type) && type.size() <= field_bytes_max) {
        for (const char c : type) {
            if (c != '\\' || !record.exception.ends_with('\\')) {  // JSON doubles them
                record.exception += c;
            }
        }
        std::string_view file;
        if (scan.take_until(" at /", skipped) && scan.take_until(":", file)) {
            record.place.file = "/" + std::string(cut_to(file, field_bytes_max - 1));
            record.place.line = leading_number(scan.rest());
        }
    }
    auto kept = context == std::string_view::npos ? message : message.substr(0, context);
    while (kept.ends_with(" []")) {  // no context, no extra
        kept.remove_suffix(3);
    }
    if (context != std::string_view::npos) {
        record.stack = cut_to(without_blanks(message.substr(context)), stack_bytes_max);
    }
    record.message = std::string(kept);
}

std::optional<LineHead> php_head(std::string_view line) {
    LineScan scan(line);
    const bool has_time = take_php_time(scan);
    const bool is_php = scan.take(php_prefix);
    if (!has_time && !is_php) {
        return std::nullopt;
    }
    const auto rest = scan.rest();
    // Each line of a stack that the engine itself or Xdebug writes has the time too: "PHP   1. {main}() …".
    if (is_php && (rest.starts_with(' ') || rest.starts_with("Stack trace"))) {
        return std::nullopt;
    }
    std::string_view kind;
    auto ahead = scan;
    if (ahead.take_until(":", kind)) {
        if (const auto level = php_level(kind)) {
            return LineHead{*level, "php", without_blanks(ahead.rest())};
        }
        if (const auto level = is_php ? std::nullopt : level_of_word(kind)) {  // PHP-FPM's own
            return LineHead{*level, "php-fpm", without_blanks(ahead.rest())};
        }
    }
    return has_time ? std::optional(LineHead{level_of_text(rest).value_or(Level::info), "php", rest}) : std::nullopt;
}

void add_php_details(LogRecord& record) {
    take_exception(record);
    take_place(record);
}

}  // namespace vigie::agent::errors
