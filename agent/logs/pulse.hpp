// Called after each change on disk. A test ends the process in the n-th call, as a power cut or SIGKILL would.
#pragma once
#include <functional>

namespace vigie::agent::logs {
using Pulse = std::function<void()>;
}
