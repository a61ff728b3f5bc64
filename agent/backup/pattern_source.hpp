// Patterns as a command is given them.
#pragma once
#include <string>
#include <vector>

#include "agent/backup/path_pattern.hpp"

namespace vigie::agent::backup {

struct PatternSource {
    std::vector<std::string> patterns;
    std::vector<std::string> files;  // with one a line
};
// The patterns, then the lines of each file.
Result<PathPatterns> load_patterns(const PatternSource& source);

}  // namespace vigie::agent::backup
