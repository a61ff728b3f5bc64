// Preloaded into a program under test: its wall clock is ahead of the machine's by what a file says, which the test
// changes while the program runs. The monotonic clock stays as it is, as when somebody sets a machine's time.
//   VIGIE_CLOCK_AHEAD  a file of 8 bytes, mapped: nanoseconds, a signed number of this machine's byte order
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <ctime>

namespace {

constexpr int64_t second_ns = 1'000'000'000;

const std::atomic<int64_t>& ahead_ns() {
    static const auto* const one = [] {
        const char* path = std::getenv("VIGIE_CLOCK_AHEAD");
        const int fd = path == nullptr ? -1 : ::open(path, O_RDONLY | O_CLOEXEC);
        void* mapped = fd < 0 ? MAP_FAILED : ::mmap(nullptr, sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);
        if (mapped == MAP_FAILED) {
            std::abort();  // a test whose clock does not jump would pass for the wrong reason
        }
        ::close(fd);
        return static_cast<const std::atomic<int64_t>*>(mapped);
    }();
    return *one;
}

using ClockGetTime = int(clockid_t, timespec*);

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* time) {
    static auto* const real = reinterpret_cast<ClockGetTime*>(::dlsym(RTLD_NEXT, "clock_gettime"));
    const int result = real(clock, time);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        const auto moved = int64_t{time->tv_sec} * second_ns + time->tv_nsec + ahead_ns();
        time->tv_sec = moved / second_ns;
        time->tv_nsec = moved % second_ns;
    }
    return result;
}
