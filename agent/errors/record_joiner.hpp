// Lines of one file put together into records: a first line and the stack trace under it. One record is open at a time,
// and it is bounded, however many lines come.
#pragma once
#include <functional>

#include "agent/errors/line_formats.hpp"

namespace vigie::agent::errors {

class RecordJoiner {
  public:
    // `take` gets each record that is at least as bad as `least`, once it is known to be whole.
    RecordJoiner(LogFormat format, Level least, std::function<void(LogRecord&&)> take)
        : heads_(format, least), take_(std::move(take)) {}

    // Without its line feed. A carriage return at its end and colours are passed over.
    void add_line(std::string_view line);
    // No line came for a while, or the file ends: what is open is whole.
    void end();
    bool is_open() const { return is_open_; }

  private:
    void add_plain_line(std::string_view line);
    std::optional<std::string_view> part_of_open(LineKind kind, std::string_view line) const;
    void begin(LogRecord&& record);
    void append(std::string_view line);

    // A line of a trace has rarely more; what has is a dump of something.
    static constexpr size_t stack_line_bytes_max = 1024;

    HeadReader heads_;
    std::function<void(LogRecord&&)> take_;
    LogRecord open_;
    bool is_open_ = false;
    bool has_traceback_ = false;  // of Python, whose last line is not indented
};

}  // namespace vigie::agent::errors
