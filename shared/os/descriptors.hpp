// How many file descriptors the process may hold. Each connection takes one.
#pragma once
#include <cstddef>

#include "shared/core/error.hpp"

namespace vigie {

// Raises the soft limit to `wanted`, and the hard one too when the process may (CAP_SYS_RESOURCE). Never lowers it.
// Gives the limit that holds now, which may be below `wanted`; an error only when the kernel doesn't tell it.
// RLIMIT_NOFILE, getrlimit(2). To be called before threads are started.
Result<size_t> raise_descriptor_limit(size_t wanted);

}  // namespace vigie
