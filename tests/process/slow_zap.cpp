// Preloaded into a controller under test: its ZAP handler takes as long for each handshake as a file says, which the
// test changes while the program runs. The handler turns each peer's key into text with zmq_z85_encode, and waits
// there.
//   VIGIE_SLOW_ZAP  a file of 8 bytes, mapped: milliseconds, in this machine's byte order
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>

namespace {

const std::atomic<int64_t>& delay_ms() {
    static const auto* const one = [] {
        const char* path = std::getenv("VIGIE_SLOW_ZAP");
        const int fd = path == nullptr ? -1 : ::open(path, O_RDONLY | O_CLOEXEC);
        void* mapped = fd < 0 ? MAP_FAILED : ::mmap(nullptr, sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);
        if (mapped == MAP_FAILED) {
            std::abort();  // a test whose handler is not slow would pass for the wrong reason
        }
        ::close(fd);
        return static_cast<const std::atomic<int64_t>*>(mapped);
    }();
    return *one;
}

}  // namespace

extern "C" char* zmq_z85_encode(char* text, const uint8_t* bytes, size_t size) {
    using Encode = char*(char*, const uint8_t*, size_t);
    static auto* const real = reinterpret_cast<Encode*>(::dlsym(RTLD_NEXT, "zmq_z85_encode"));
    ::poll(nullptr, 0, static_cast<int>(delay_ms()));
    return real(text, bytes, size);
}
