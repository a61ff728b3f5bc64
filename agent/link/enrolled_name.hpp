// The name that a host was enrolled under. Needs no key, so that whoever may read the folder can ask.
#pragma once
#include <string>

#include "shared/core/error.hpp"
#include "shared/os/files.hpp"

namespace vigie::agent {

// `folder` is that of the identity. not_found when the host is not enrolled there; malformed names file and line.
Result<std::string> enrolled_name(Files& files, const std::string& folder);

}  // namespace vigie::agent
