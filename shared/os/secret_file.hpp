// Reading a file that must be nobody else's.
#pragma once
#include <string>

#include "shared/core/error.hpp"
#include "shared/core/units.hpp"

namespace vigie {

// The file's content. denied when its group or others may read or write it, when it belongs to somebody other than
// the process's user or root, or when it is a symbolic link; too_large over max.
Result<std::string> read_secret_file(const std::string& path, Bytes max);

}  // namespace vigie
