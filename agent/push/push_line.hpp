// A push as a line over the agent's Unix socket: "push gauge NAME{label="value"} VALUE" or "push counter …", the series
// as in Prometheus' text format. The answer is "ok", or "error CODE MESSAGE". Both sides are the same program, so it
// may change.
#pragma once
#include <string>
#include <string_view>

#include "agent/series/sample_line.hpp"

namespace vigie::agent {

enum class PushKind { gauge, counter };

struct PushRequest {
    PushKind kind = PushKind::gauge;
    std::string key;  // as in a schema
    double value = 0;
    bool operator==(const PushRequest&) const = default;
};

constexpr size_t push_key_bytes_max = 4'096;

// From words of a command line: NAME VALUE LABEL=VALUE…. malformed names the word and says what it must be.
Result<PushRequest> make_push_request(std::string_view type, std::string_view name, std::string_view value,
                                      const std::vector<std::string>& labels);

// Both without the line feed.
std::string write_push_line(const PushRequest& request);
Result<PushRequest> parse_push_line(std::string_view line);
std::string write_push_answer(const Result<void>& outcome);
Result<void> parse_push_answer(std::string_view line);

}  // namespace vigie::agent
