// The `errors:` key: logs whose errors are told to the controller.
#pragma once
#include "agent/errors/error_options.hpp"
#include "shared/config/node.hpp"

namespace vigie::agent {

// More would each cost a look through its folder every ten seconds.
constexpr size_t error_patterns_max = 64;

// A list of logs, added to those of files before. Errors name file, line, key and the nearest known key.
Result<void> read_errors(const config::Node& list, const std::string& file, errors::ErrorOptions& options);

}  // namespace vigie::agent
