// What systemd answers (org.freedesktop.systemd1(5)), taken from the bodies of messages. Pure; texts are views of them.
#pragma once
#include <functional>
#include <string_view>

#include "agent/systemd/wire_reader.hpp"
#include "shared/core/error.hpp"

namespace vigie::agent {

struct ListedUnit {
    std::string_view name;
    std::string_view load;    // "loaded", "not-found"
    std::string_view active;  // "active", "failed"
    std::string_view sub;     // "running", "auto-restart"
    std::string_view path;    // of its object
};

// The answer to Manager.ListUnits, each unit in its order. malformed, or too_large over units_listed_max; what was
// given to `take` before must be thrown away then.
Result<void> parse_unit_list(std::string_view signature, std::string_view body,
                             const std::function<void(const ListedUnit&)>& take);

// The answer to Properties.Get, when it is a text, a number or a truth. malformed otherwise.
Result<WireReader::Basic> parse_unit_property(std::string_view signature, std::string_view body);

// Hosts with many containers have some thousands, most of them mounts and scopes.
constexpr size_t units_listed_max = 32'768;

}  // namespace vigie::agent
