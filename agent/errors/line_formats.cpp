// Which format a line is in, and a record of its first line.
#include "agent/errors/line_formats.hpp"

#include "agent/errors/json_line.hpp"
#include "agent/errors/line_heads.hpp"
#include "agent/errors/line_scan.hpp"
#include "agent/errors/stack_trace.hpp"
#include "agent/errors/text_limits.hpp"
#include "shared/core/assert.hpp"

namespace vigie::agent::errors {
namespace {

constexpr std::array<std::string_view, log_formats_count> names{"auto",  "json",   "monolog", "php",    "apache",
                                                                "nginx", "python", "log4j",   "syslog", "plain"};

std::optional<LineHead> head_of(LogFormat format, std::string_view line) {
    switch (format) {
        case LogFormat::monolog:
            return monolog_head(line);
        case LogFormat::php:
            return php_head(line);
        case LogFormat::apache:
            return apache_head(line);
        case LogFormat::nginx:
            return nginx_head(line);
        case LogFormat::python:
            return python_head(line);
        case LogFormat::log4j:
            return log4j_head(line);
        case LogFormat::syslog:
            return syslog_head(line);
        case LogFormat::plain:
            return plain_head(line);
        case LogFormat::automatic:
        case LogFormat::json:
            break;
    }
    VIGIE_ASSERT(format != LogFormat::automatic && format != LogFormat::json);
    return std::nullopt;
}

// rsyslog writes what was below a blank as # and three octal digits. The first line is the message.
void split_syslog_lines(std::string_view message, LogRecord& record) {
    constexpr std::string_view line_feed = "#012";
    constexpr std::string_view tab = "#011";
    const auto first = message.find(line_feed);
    record.message = cut_to(message.substr(0, first), message_bytes_max);
    if (first == std::string_view::npos) {
        return;
    }
    auto rest = cut_to(message.substr(first + line_feed.size()), 2 * stack_bytes_max);
    while (!rest.empty() && record.stack.size() < stack_bytes_max) {
        if (rest.starts_with(line_feed) || rest.starts_with(tab)) {
            record.stack += rest.starts_with(tab) ? '\t' : '\n';
            rest.remove_prefix(tab.size());
        } else {
            record.stack += rest.front();
            rest.remove_prefix(1);
        }
    }
    record.is_cut = !rest.empty();
}

void add_details(LogFormat format, std::string_view line, LogRecord& record) {
    switch (format) {
        case LogFormat::monolog:
            return add_monolog_details(record);
        case LogFormat::php:
            return add_php_details(record);
        case LogFormat::apache:
            return add_apache_details(line, record);
        case LogFormat::nginx:
            return add_nginx_details(line, record);
        default:
            return;
    }
}

}  // namespace

std::string_view name_of(LogFormat format) {
    return names.at(static_cast<size_t>(format));
}

std::optional<LogFormat> format_of_word(std::string_view word) {
    for (size_t i = 0; i < names.size(); ++i) {
        if (names.at(i) == word) {
            return static_cast<LogFormat>(i);
        }
    }
    return std::nullopt;
}

LineKind read_head(LogFormat format, std::string_view line, Level least, LogRecord& record) {
    if (format == LogFormat::json) {
        auto found = parse_json_line(line);
        if (!found) {
            return LineKind::other;
        }
        if (found->level < least) {
            return LineKind::below;
        }
        record = std::move(*found);
        return LineKind::head;
    }
    const auto head = head_of(format, line);
    if (!head) {
        return LineKind::other;
    }
    if (head->level < least) {
        return LineKind::below;
    }
    record = LogRecord{};
    record.level = head->level;
    record.logger = cut_to(head->logger, field_bytes_max);
    if (format == LogFormat::syslog) {
        split_syslog_lines(head->message, record);
    } else {
        record.message = cut_to(head->message, message_bytes_max);
    }
    add_details(format, line, record);
    return LineKind::head;
}

LineKind HeadReader::try_format(LogFormat format, std::string_view line, LogRecord& record) {
    const auto kind = read_head(format, line, least_, record);
    // A program of any format may end with a bare traceback.
    if (kind != LineKind::other && !is_traceback_start(line)) {
        last_ = format;
    }
    return kind;
}

LineKind HeadReader::read(std::string_view line, LogRecord& record) {
    if (format_ != LogFormat::automatic) {
        return try_format(format_, line, record);
    }
    const auto before = last_;
    if (before != LogFormat::plain) {
        if (const auto kind = try_format(before, line, record); kind != LineKind::other) {
            return kind;
        }
    }
    for (auto each = static_cast<size_t>(LogFormat::json); each < static_cast<size_t>(LogFormat::plain); ++each) {
        const auto format = static_cast<LogFormat>(each);
        if (format == before) {
            continue;
        }
        if (const auto kind = try_format(format, line, record); kind != LineKind::other) {
            return kind;
        }
    }
    return before == LogFormat::plain ? try_format(before, line, record) : LineKind::other;
}

}  // namespace vigie::agent::errors
