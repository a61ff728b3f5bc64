// VIGIE_ASSERT: for bugs, never for input. On in release too: the process dies and the service manager restarts it.
#pragma once

namespace vigie {
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);
}

#define VIGIE_ASSERT(expression) \
    ((expression) ? static_cast<void>(0) : ::vigie::assertion_failed(#expression, __FILE__, __LINE__))
