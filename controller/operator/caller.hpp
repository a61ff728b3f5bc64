// Who asks, and what they may.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace vigie::controller {

enum class Role { viewer, operator_, admin };
std::string_view name_of(Role role);
std::optional<Role> role_named(std::string_view word);

struct Caller {
    std::string name;  // "uid 1000" on the local socket, the key's name from elsewhere
    std::string key;   // the public key; "" on the local socket
    Role role = Role::viewer;
    std::string from;  // "operators' socket", or the address
};

}  // namespace vigie::controller
