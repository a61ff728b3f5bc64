// What a key may be called.
#pragma once
#include <string_view>

namespace vigie::controller {

// One word that begins with a letter. "uid 7", "controller" and "host" are others in the audit log.
bool is_operator_name(std::string_view name);

}  // namespace vigie::controller
