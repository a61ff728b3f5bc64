// A line that is one JSON object, under the names that logging libraries give their fields: pino, bunyan, zap, zerolog,
// logrus, slog, Monolog's JsonFormatter, python-json-logger, structlog, logstash encoders, Elastic's ECS, journalctl -o
// json.
#pragma once
#include <optional>
#include <string_view>

#include "agent/errors/record.hpp"

namespace vigie::agent::errors {

// Longer lines are not looked into.
constexpr size_t json_line_bytes_max = 64 * 1024;

// nullopt when the line is no object, or has neither a level nor a message. Bytes that are not of UTF-8 make it none.
std::optional<LogRecord> parse_json_line(std::string_view line);

}  // namespace vigie::agent::errors
