// What a configuration of applications says that can be had, and is hardly meant. For `config check` only.
#pragma once
#include <string>
#include <vector>

#include "agent/apps/applications.hpp"

namespace vigie::agent {

// Sentences for the operator; none: nothing to say. No socket of two is among them: check_paths() finds that.
std::vector<std::string> apps_warnings(const AppsOptions& options);

}  // namespace vigie::agent
