// Files that must be nobody else's.
#pragma once
#include <string>
#include <string_view>

#include "shared/core/error.hpp"
#include "shared/core/units.hpp"

namespace vigie {

// The file's content. denied when its group or others may read or write it, when it belongs to somebody other than
// the process's user or root, or when it is a symbolic link; too_large over max.
Result<std::string> read_secret_file(const std::string& path, Bytes max);
// A new file of mode 0600, synced with its folder. exists: something has that name, which is left as it is.
Result<void> create_secret_file(const std::string& path, std::string_view content);

}  // namespace vigie
