// A host's name, and a little less.
#include "controller/operator/operator_name.hpp"

#include "shared/core/ids.hpp"

namespace vigie::controller {

bool is_operator_name(std::string_view name) {
    const auto first = name.empty() ? '\0' : name.front();
    const bool is_letter = (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z');
    return is_letter && is_agent_name(name) && name != "controller" && name != "host" && name != "uid";
}

}  // namespace vigie::controller
