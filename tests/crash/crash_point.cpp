// Preloaded into a program under test: counts the calls by which it changes files or speaks to peers, and instead of
// one of them ends the process as `kill -9` does, or as a power cut does. Children of the program are left alone. The
// calls are those at the end of this file, which are all that `nm -D` finds in our programs and the libraries they are
// linked with; what passes uncounted is a file's creation (its first write or its rename counts), stdio (RocksDB's own
// log) and a mapping.
//   VIGIE_CRASH_COUNTER  a file of counter_bytes, mapped: how many calls there were, the last one's name, and
//                        the number of the call that is not made, which a test may write there later
//   VIGIE_CRASH_AT       the number of the call that is not made, from 1; 0 or nothing: only count
//   VIGIE_CRASH_HOW      kill (default): as it is. torn: half of a write is made before. power: see crash_power.hpp
//   VIGIE_CRASH_KEPT     with power: a folder of the same file system, for what is to come back
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/crash/crash_power.hpp"

namespace {

using vigie::crash::PowerCut;

constexpr size_t counter_bytes = 4096;

struct Counter {
    std::atomic<uint64_t> calls;
    std::array<char, 56> last_name;
    std::atomic<uint64_t> armed;  // the same as VIGIE_CRASH_AT, which a test may set while the program runs; 0: nothing
};

std::string_view text_of(const char* variable) {
    const char* text = std::getenv(variable);
    return text == nullptr ? "" : text;
}

struct Crash {
    Counter* counter = nullptr;
    uint64_t at = 0;
    bool is_torn = false;
    PowerCut* power = nullptr;  // null: another kind of death

    Crash() {
        const char* path = std::getenv("VIGIE_CRASH_COUNTER");
        const char* number = std::getenv("VIGIE_CRASH_AT");
        const int fd = path == nullptr ? -1 : ::open(path, O_RDWR | O_CLOEXEC);
        void* mapped = fd < 0 ? MAP_FAILED : ::mmap(nullptr, counter_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (mapped == MAP_FAILED) {
            std::abort();  // a test that counts nothing would pass for the wrong reason
        }
        ::close(fd);
        counter = static_cast<Counter*>(mapped);
        at = number == nullptr ? 0 : std::strtoull(number, nullptr, 10);
        is_torn = text_of("VIGIE_CRASH_HOW") == "torn";
        if (text_of("VIGIE_CRASH_HOW") == "power") {
            power = new PowerCut(std::string(text_of("VIGIE_CRASH_KEPT")));
        }
    }

    [[noreturn]] void end() {
        if (power != nullptr) {
            power->cut();
        }
        for (;;) {
            ::kill(::getpid(), SIGKILL);
        }
    }
};

Crash& crash() {
    static auto* const one = new Crash;  // never destroyed: calls come until the very end
    return *one;
}

// True when this call is the one that is not made.
bool is_the_one(const char* name) {
    auto& it = crash();
    const auto number = it.counter->calls.fetch_add(1) + 1;
    std::snprintf(it.counter->last_name.data(), it.counter->last_name.size(), "%s", name);
    const auto armed = it.counter->armed.load();
    return number == it.at || (armed != 0 && number >= armed);
}

void pass(const char* name) {
    if (is_the_one(name)) {
        crash().end();
    }
}

// Writes to files and sockets count; those to the log, pipes and eventfds change nothing that anybody sees later.
bool is_counted(int fd, struct stat& info) {
    return fd > STDERR_FILENO && ::fstat(fd, &info) == 0 && (S_ISREG(info.st_mode) || S_ISSOCK(info.st_mode));
}

template <typename Function>
Function* next(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

// `half` makes the first half of the write.
template <typename Half>
void pass_write(const char* name, int fd, const Half& half) {
    struct stat info {};
    if (!is_counted(fd, info)) {
        return;
    }
    if (auto* const power = crash().power; power != nullptr && S_ISREG(info.st_mode)) {
        power->note_write(fd, info);
    }
    if (is_the_one(name)) {
        if (crash().is_torn) {
            half();
        }
        crash().end();
    }
}

// Makes a change of a name, and remembers how to undo it.
template <typename Note, typename Call>
int pass_name(const char* name, const Note& note, const Call& call) {
    pass(name);
    auto* const power = crash().power;
    return power == nullptr ? call() : note(*power, call);
}

int synced(const char* name, int fd, int (*real)(int)) {
    pass(name);
    const int result = real(fd);
    if (result == 0 && crash().power != nullptr) {
        crash().power->note_sync(fd);
    }
    return result;
}

struct LeaveChildrenAlone {
    LeaveChildrenAlone() { ::unsetenv("LD_PRELOAD"); }
} const leave_children_alone;

}  // namespace

extern "C" {

ssize_t write(int fd, const void* bytes, size_t size) {
    static auto* const real = next<ssize_t(int, const void*, size_t)>("write");
    pass_write("write", fd, [&] { real(fd, bytes, size / 2); });
    return real(fd, bytes, size);
}

ssize_t writev(int fd, const iovec* pieces, int count) {
    static auto* const real = next<ssize_t(int, const iovec*, int)>("writev");
    pass_write("writev", fd, [&] {
        const iovec half{pieces->iov_base, pieces->iov_len / 2};
        count > 1 ? real(fd, pieces, count / 2) : real(fd, &half, count);
    });
    return real(fd, pieces, count);
}

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t at) {
    static auto* const real = next<ssize_t(int, const void*, size_t, off_t)>("pwrite");
    pass_write("pwrite", fd, [&] { real(fd, bytes, size / 2, at); });
    return real(fd, bytes, size, at);
}

ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t at) {
    static auto* const real = next<ssize_t(int, const void*, size_t, off64_t)>("pwrite64");
    pass_write("pwrite", fd, [&] { real(fd, bytes, size / 2, at); });
    return real(fd, bytes, size, at);
}

int posix_fallocate(int fd, off_t at, off_t size) {
    static auto* const real = next<int(int, off_t, off_t)>("posix_fallocate");
    pass_write("posix_fallocate", fd, [] {});
    return real(fd, at, size);
}

int fsync(int fd) {
    static auto* const real = next<int(int)>("fsync");
    return synced("fsync", fd, real);
}

int fdatasync(int fd) {
    static auto* const real = next<int(int)>("fdatasync");
    return synced("fdatasync", fd, real);
}

int rename(const char* from, const char* to) {
    static auto* const real = next<int(const char*, const char*)>("rename");
    return pass_name(
        "rename", [&](PowerCut& power, const auto& call) { return power.rename(from, to, call); },
        [&] { return real(from, to); });
}

int unlink(const char* path) {
    static auto* const real = next<int(const char*)>("unlink");
    return pass_name(
        "unlink", [&](PowerCut& power, const auto& call) { return power.remove(path, call); },
        [&] { return real(path); });
}

// std::remove and std::filesystem::remove.
int remove(const char* path) {
    static auto* const real = next<int(const char*)>("remove");
    return pass_name(
        "remove", [&](PowerCut& power, const auto& call) { return power.remove(path, call); },
        [&] { return real(path); });
}

// std::filesystem::remove_all; a name in a folder that is open comes not back.
int unlinkat(int folder, const char* path, int flags) {
    static auto* const real = next<int(int, const char*, int)>("unlinkat");
    pass("unlinkat");
    return real(folder, path, flags);
}

int link(const char* from, const char* to) {
    static auto* const real = next<int(const char*, const char*)>("link");
    return pass_name(
        "link", [&](PowerCut& power, const auto& call) { return power.make(to, call); },
        [&] { return real(from, to); });
}

int mkdir(const char* path, mode_t mode) {
    static auto* const real = next<int(const char*, mode_t)>("mkdir");
    return pass_name(
        "mkdir", [&](PowerCut& power, const auto& call) { return power.make(path, call); },
        [&] { return real(path, mode); });
}

int rmdir(const char* path) {
    static auto* const real = next<int(const char*)>("rmdir");
    pass("rmdir");
    return real(path);
}

int ftruncate(int fd, off_t size) {
    static auto* const real = next<int(int, off_t)>("ftruncate");
    pass("ftruncate");
    return real(fd, size);
}

int ftruncate64(int fd, off64_t size) {
    static auto* const real = next<int(int, off64_t)>("ftruncate64");
    pass("ftruncate");
    return real(fd, size);
}

ssize_t send(int fd, const void* bytes, size_t size, int flags) {
    static auto* const real = next<ssize_t(int, const void*, size_t, int)>("send");
    pass("send");
    return real(fd, bytes, size, flags);
}

ssize_t sendto(int fd, const void* bytes, size_t size, int flags, const sockaddr* to, socklen_t to_size) {
    static auto* const real = next<ssize_t(int, const void*, size_t, int, const sockaddr*, socklen_t)>("sendto");
    pass("sendto");
    return real(fd, bytes, size, flags, to, to_size);
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
    static auto* const real = next<ssize_t(int, const msghdr*, int)>("sendmsg");
    pass("sendmsg");
    return real(fd, message, flags);
}

}  // extern "C"
