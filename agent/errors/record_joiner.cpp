// What belongs to a record, and when it is whole.
#include "agent/errors/record_joiner.hpp"

#include "agent/errors/line_heads.hpp"
#include "agent/errors/stack_trace.hpp"
#include "agent/errors/text_limits.hpp"

namespace vigie::agent::errors {

void RecordJoiner::add_line(std::string_view line) {
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    if (line.find('\x1b') != std::string_view::npos) {
        return add_plain_line(without_colours(line));
    }
    add_plain_line(line);
}

void RecordJoiner::add_plain_line(std::string_view line) {
    if (is_open_ && is_traceback_start(line)) {
        return append(line);  // what logging's exception() writes below its message
    }
    LogRecord next;
    const auto kind = heads_.read(line, next);
    if (const auto text = is_open_ ? part_of_open(kind, line) : std::nullopt) {
        return append(*text);
    }
    end();
    if (kind == LineKind::head) {
        begin(std::move(next));
    }
}

std::optional<std::string_view> RecordJoiner::part_of_open(LineKind kind, std::string_view line) const {
    const auto is_thrown = [this](std::string_view text) { return has_traceback_ && !exception_type_of(text).empty(); };
    if (kind == LineKind::other || (heads_.last_format() == LogFormat::plain && is_thrown(line))) {
        return line;
    }
    const auto head = heads_.last_format() == LogFormat::syslog ? syslog_head(line) : std::nullopt;
    const bool is_part =
        head && head->logger == open_.logger && (is_stack_line(head->message) || is_thrown(head->message));
    return is_part ? std::optional(head->message) : std::nullopt;
}

void RecordJoiner::begin(LogRecord&& record) {
    open_ = std::move(record);
    is_open_ = true;
    has_traceback_ = is_traceback_start(open_.message);
}

void RecordJoiner::append(std::string_view line) {
    // The line that says what was thrown ends a traceback; another one may follow.
    has_traceback_ = is_traceback_start(line) || (has_traceback_ && exception_type_of(line).empty());
    const auto kept = cut_to(line, stack_line_bytes_max);
    if (open_.stack.size() + kept.size() + 1 > stack_bytes_max) {
        open_.is_cut = true;
        return;
    }
    open_.is_cut = open_.is_cut || kept.size() < line.size();
    open_.stack += open_.stack.empty() ? "" : "\n";
    open_.stack += kept;
}

void RecordJoiner::end() {
    if (!is_open_) {
        return;
    }
    is_open_ = false;
    while (open_.stack.ends_with('\n')) {  // blank lines behind a trace
        open_.stack.pop_back();
    }
    add_stack_details(open_);
    take_(std::move(open_));
    open_ = LogRecord{};
}

}  // namespace vigie::agent::errors
