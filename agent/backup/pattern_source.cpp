// Reads the files.
#include "agent/backup/pattern_source.hpp"

#include "shared/os/files.hpp"

namespace vigie::agent::backup {

Result<PathPatterns> load_patterns(const PatternSource& source) {
    PathPatterns patterns;
    for (const auto& pattern : source.patterns) {
        VIGIE_CHECK(patterns.add(pattern));
    }
    SystemFiles files;
    for (const auto& path : source.files) {
        VIGIE_TRY(const auto text, files.read(path, config_file_bytes_max));
        VIGIE_CHECK(patterns.add_lines(text, path));
    }
    return patterns;
}

}  // namespace vigie::agent::backup
