// The end of a process that found a bug in itself.
#include "shared/core/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace vigie {
void assertion_failed(const char* expression, const char* file, int line) {
    std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, expression);
    std::abort();
}
}  // namespace vigie
