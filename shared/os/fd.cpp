// Closing.
#include "shared/os/fd.hpp"

#include <unistd.h>

namespace vigie {
void Fd::reset() {
    if (number_ >= 0) {
        close(number_);
        number_ = -1;
    }
}
}  // namespace vigie
