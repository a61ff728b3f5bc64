// Which logs are followed, as the configuration says.
#pragma once
#include <string>
#include <vector>

#include "agent/errors/line_formats.hpp"

namespace vigie::agent::errors {

// Logs of one kind: one entry of the configuration.
struct LogSource {
    std::vector<std::string> paths;   // patterns of glob(7)
    std::vector<std::string> except;  // patterns of fnmatch(3), of paths that are left out; * stands for slashes too
    LogFormat format = LogFormat::automatic;
    Level least = Level::error;
    bool operator==(const LogSource&) const = default;
};

struct ErrorOptions {
    std::vector<LogSource> sources;  // a log that several name belongs to the first
    bool is_anything() const { return !sources.empty(); }
    bool operator==(const ErrorOptions&) const = default;
};

}  // namespace vigie::agent::errors
