// getrlimit(2) and setrlimit(2): both limits where that is allowed, else the soft one as far as the hard one goes.
#include "shared/os/descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>

namespace vigie {

Result<size_t> raise_descriptor_limit(size_t wanted) {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return fail(errno_error(errno, "limit of file descriptors"));
    }
    if (limit.rlim_cur >= wanted) {
        return limit.rlim_cur;
    }
    rlimit raised{.rlim_cur = wanted, .rlim_max = std::max<rlim_t>(limit.rlim_max, wanted)};
    if (setrlimit(RLIMIT_NOFILE, &raised) != 0) {
        raised = {.rlim_cur = std::min<rlim_t>(limit.rlim_max, wanted), .rlim_max = limit.rlim_max};
        if (setrlimit(RLIMIT_NOFILE, &raised) != 0) {
            return limit.rlim_cur;
        }
    }
    return raised.rlim_cur;
}

}  // namespace vigie
