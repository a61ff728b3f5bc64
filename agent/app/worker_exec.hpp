// Work done by hand, without a controller: this process becomes vigie-worker.
#pragma once
#include <string>
#include <vector>

#include "shared/core/error.hpp"

namespace vigie::agent {

// The worker beside this program's own file, or where packages put it.
std::string find_worker(const std::string& own_path);

// Never returns when it works. not_found or denied name the worker.
Error become_worker(const std::string& worker, const std::vector<std::string>& arguments);

}  // namespace vigie::agent
