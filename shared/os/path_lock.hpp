// Who owns a path that more than one process could take, such as that of a socket.
#pragma once
#include <string>

#include "shared/core/error.hpp"
#include "shared/os/fd.hpp"

namespace vigie {

// Locks the file PATH.lock until the descriptor is closed, also by the process's end, and leaves the file there.
// conflict: another process holds it.
Result<Fd> lock_beside(const std::string& path);

}  // namespace vigie
