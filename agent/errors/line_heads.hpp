// The formats one by one, for line_formats.cpp. Each answers nullopt to a line that begins no record of it; what it
// gives are views of the line. The second function of a format finds what else a record of it tells.
#pragma once
#include <optional>
#include <string_view>

#include "agent/errors/record.hpp"

namespace vigie::agent::errors {

struct LineHead {
    Level level = Level::info;
    std::string_view logger{};
    std::string_view message{};
};

std::optional<LineHead> syslog_head(std::string_view line);
std::optional<LineHead> plain_head(std::string_view line);
// Level of a text that has no field for it: guess_level, and how programs of Python, Java, Node and Go end.
std::optional<Level> level_of_text(std::string_view text);

std::optional<LineHead> log4j_head(std::string_view line);
std::optional<LineHead> python_head(std::string_view line);

std::optional<LineHead> monolog_head(std::string_view line);
void add_monolog_details(LogRecord& record);  // the exception of its context
std::optional<LineHead> php_head(std::string_view line);
void add_php_details(LogRecord& record);  // "in FILE on line N", "Uncaught TYPE"

std::optional<LineHead> nginx_head(std::string_view line);
void add_nginx_details(std::string_view line, LogRecord& record);
std::optional<LineHead> apache_head(std::string_view line);
void add_apache_details(std::string_view line, LogRecord& record);

// A line that begins with the name of an exception's type, as Java, Python, JavaScript and Ruby have them: the name.
// "" for another one.
std::string_view exception_type_of(std::string_view line);

}  // namespace vigie::agent::errors
