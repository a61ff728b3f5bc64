// Words of roles.
#include "controller/operator/caller.hpp"

namespace vigie::controller {

std::string_view name_of(Role role) {
    switch (role) {
        case Role::viewer:
            return "viewer";
        case Role::operator_:
            return "operator";
        case Role::admin:
            return "admin";
    }
    return "viewer";
}

std::optional<Role> role_named(std::string_view word) {
    for (const auto role : {Role::viewer, Role::operator_, Role::admin}) {
        if (word == name_of(role)) {
            return role;
        }
    }
    return std::nullopt;
}

}  // namespace vigie::controller
