// The first line of a record in the formats that programs write: where it has its level, who writes, what it says.
// Syslog: RFC 3164 and 5424, and rsyslog's file formats. JSON lines: json_line.hpp. Monolog's LineFormatter. "log4j":
// whatever puts a time, ornaments such as a thread, and a level before its message: log4j, logback, Spring Boot,
// PostgreSQL, MySQL. Python: logging's forms, Flask's and Celery's, bare tracebacks. The error logs of nginx, Apache
// 2.2 and 2.4, PHP and PHP-FPM. Times are not read: a record's time is when it was.
#pragma once
#include <array>
#include <optional>
#include <string_view>

#include "agent/errors/record.hpp"

namespace vigie::agent::errors {

enum class LogFormat : uint8_t { automatic, json, monolog, php, apache, nginx, python, log4j, syslog, plain };
constexpr size_t log_formats_count = 10;
std::string_view name_of(LogFormat format);
std::optional<LogFormat> format_of_word(std::string_view word);

// What a line is to the record before it.
enum class LineKind : uint8_t {
    other,  // begins no record, so it belongs to the one before it
    below,  // begins one that is not bad enough; `record` is as it was
    head,   // begins one: `record` is its first line
};

// One format, not `automatic`. Of plain text every line that is not indented begins a record.
LineKind read_head(LogFormat format, std::string_view line, Level least, LogRecord& record);

// Finds out by itself: the format of the line before is tried first, then all others but `plain`, which is taken only
// while none of the others ever was. A line of another format among them is read in its own.
class HeadReader {
  public:
    HeadReader(LogFormat format, Level least) : format_(format), least_(least) {}
    LineKind read(std::string_view line, LogRecord& record);
    // Of the line that last began a record.
    LogFormat last_format() const { return last_; }

  private:
    LineKind try_format(LogFormat format, std::string_view line, LogRecord& record);

    LogFormat format_;
    Level least_;
    LogFormat last_ = LogFormat::plain;
};

}  // namespace vigie::agent::errors
