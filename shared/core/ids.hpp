// Names of things, typed so that one cannot be passed for another.
#pragma once
#include <compare>
#include <cstdint>
#include <functional>
#include <string>

namespace vigie {

// The name under which a host was enrolled, and the ZAP User-Id of its key: at most 253 bytes of [A-Za-z0-9._-].
struct AgentId {
    std::string value;
    auto operator<=>(const AgentId&) const = default;
};

// One run of a job on one host: 32 hex digits, made by the controller.
struct RunId {
    std::string value;
    auto operator<=>(const RunId&) const = default;
};

// The longest host name that DNS allows.
constexpr size_t agent_name_bytes_max = 253;
// True for what AgentId allows.
bool is_agent_name(std::string_view text);

}  // namespace vigie

template <>
struct std::hash<vigie::AgentId> {
    size_t operator()(const vigie::AgentId& id) const noexcept { return std::hash<std::string>{}(id.value); }
};
