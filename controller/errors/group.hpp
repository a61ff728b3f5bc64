// What is known of one kind of errors.
#pragma once
#include <optional>
#include <string>

#include "controller/store/event_log.hpp"

namespace vigie::controller::errors {

enum class State : uint8_t { fresh = 1, resolved = 2, ignored = 3 };  // stands in rows

std::string_view name_of(State state);  // "new", "resolved", "ignored"
std::optional<State> state_named(std::string_view word);

struct ErrorGroup {
    std::string fingerprint;  // 16 hex digits
    State state = State::fresh;
    Severity severity = Severity::error;
    bool is_flood = false;  // of kinds that a host no longer tells apart
    std::string message;    // as it came last
    std::string logger;
    std::string exception;
    std::string code_file;
    uint32_t code_line = 0;
    std::string function;
    std::string host;  // where it came last
    std::string file;
    uint64_t count = 0;
    uint32_t hosts = 0;
    WallTime first_seen{};
    WallTime last_seen{};
    uint32_t reopened = 0;   // how often it came again after it was resolved
    WallTime changed_at{};   // its state
    std::string changed_by;  // "" unless a person did
    bool operator==(const ErrorGroup&) const = default;
};

// One of its errors, whole: the newest that was told.
struct ErrorSample {
    std::string host;
    std::string file;
    WallTime seen_at{};
    std::string stack;
    std::string method;
    std::string url;
    std::string client;
    bool operator==(const ErrorSample&) const = default;
};

// What one host had of it.
struct HostShare {
    uint64_t count = 0;
    WallTime first_seen{};
    WallTime last_seen{};
    bool operator==(const HostShare&) const = default;
};

bool is_fingerprint(std::string_view text);

}  // namespace vigie::controller::errors
