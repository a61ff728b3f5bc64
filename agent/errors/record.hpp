// One message of a program, with what its lines tell of where it comes from. Its texts are the program's own: they may
// hold secrets until scrub.hpp has been over them.
#pragma once
#include <cstdint>
#include <string>

#include "agent/errors/level.hpp"

namespace vigie::agent::errors {

// Bounds of one record. A Java trace of forty causes has about 1,000 lines; what people read of one fits into these.
constexpr size_t message_bytes_max = 2048;
constexpr size_t stack_bytes_max = 8192;
constexpr size_t field_bytes_max = 256;  // names, paths
constexpr size_t url_bytes_max = 1024;

struct CodePlace {
    std::string file;
    uint32_t line = 0;  // 0: not told
    std::string function;
    bool operator==(const CodePlace&) const = default;
};

struct RequestFacts {
    std::string method;
    std::string url;
    std::string client;  // its address
    bool operator==(const RequestFacts&) const = default;
};

struct LogRecord {
    Level level = Level::info;
    std::string logger;     // the program, channel, logger or module
    std::string message;    // without time, level and logger
    std::string exception;  // the type's name
    std::string stack;      // the lines under it, \n between
    CodePlace place;
    RequestFacts request;
    bool is_cut = false;  // some of its lines are left out
    bool operator==(const LogRecord&) const = default;
};

}  // namespace vigie::agent::errors
