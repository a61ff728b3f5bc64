// Preloaded into a program under test: counts the calls by which it changes files or speaks to peers, and instead of
// one of them ends the process as `kill -9` does, or as a power cut does. Children of the program are left alone. Only
// the calls at the end of this file count: what writes in another way (writev, renameat, fallocate, a mapping) passes.
//   VIGIE_CRASH_COUNTER  a file of counter_bytes, mapped: how many calls there were, the last one's name, and
//                        the number of the call that is not made, which a test may write there later
//   VIGIE_CRASH_AT       the number of the call that is not made, from 1; 0 or nothing: only count
//   VIGIE_CRASH_HOW      kill (default): as it is. torn: half of a write is made before. power: what was appended to a
//                        file and not synced is cut off, as after a power cut on a disk that keeps the order
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <string_view>

namespace {

constexpr size_t counter_bytes = 4096;
constexpr size_t files_max = 512;  // of those written to; a store has tens

struct Counter {
    std::atomic<uint64_t> calls;
    std::array<char, 56> last_name;
    std::atomic<uint64_t> armed;  // the same as VIGIE_CRASH_AT, which a test may set while the program runs; 0: nothing
};

struct WrittenFile {
    ino_t inode = 0;
    off_t synced_size = 0;
    std::array<char, 512> path{};
};

struct Crash {
    Counter* counter = nullptr;
    uint64_t at = 0;
    bool is_torn = false;
    bool is_power_cut = false;
    std::mutex guard;
    std::array<WrittenFile, files_max> files;
    size_t files_count = 0;

    Crash() {
        const char* path = std::getenv("VIGIE_CRASH_COUNTER");
        const char* number = std::getenv("VIGIE_CRASH_AT");
        const std::string_view how = std::getenv("VIGIE_CRASH_HOW") == nullptr ? "" : std::getenv("VIGIE_CRASH_HOW");
        const int fd = path == nullptr ? -1 : ::open(path, O_RDWR | O_CLOEXEC);
        void* mapped = fd < 0 ? MAP_FAILED : ::mmap(nullptr, counter_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (mapped == MAP_FAILED) {
            std::abort();  // a test that counts nothing would pass for the wrong reason
        }
        ::close(fd);
        counter = static_cast<Counter*>(mapped);
        at = number == nullptr ? 0 : std::strtoull(number, nullptr, 10);
        is_torn = how == "torn";
        is_power_cut = how == "power";
    }

    void note_write(int fd, const struct stat& info);
    void note_sync(int fd);
    void note_rename(const char* from, const char* to);
    void drop_unsynced();
    [[noreturn]] void end();
};

Crash& crash() {
    static auto* const one = new Crash;  // never destroyed: calls come until the very end
    return *one;
}

void Crash::note_write(int fd, const struct stat& info) {
    const std::lock_guard lock(guard);
    for (size_t i = 0; i < files_count; ++i) {
        if (files.at(i).inode == info.st_ino) {
            return;
        }
    }
    if (files_count == files.size()) {
        std::abort();
    }
    auto& file = files.at(files_count++);
    file.inode = info.st_ino;
    file.synced_size = info.st_size;  // what was there before this process came is on the disk
    const auto link = "/proc/self/fd/" + std::to_string(fd);
    const auto size = ::readlink(link.c_str(), file.path.data(), file.path.size() - 1);
    file.path.at(size > 0 ? static_cast<size_t>(size) : 0) = '\0';
}

void Crash::note_sync(int fd) {
    struct stat info {};
    if (::fstat(fd, &info) != 0) {
        return;
    }
    const std::lock_guard lock(guard);
    for (size_t i = 0; i < files_count; ++i) {
        if (files.at(i).inode == info.st_ino) {
            files.at(i).synced_size = info.st_size;
        }
    }
}

void Crash::note_rename(const char* from, const char* to) {
    const std::lock_guard lock(guard);
    for (size_t i = 0; i < files_count; ++i) {
        if (std::strcmp(files.at(i).path.data(), from) == 0) {
            std::snprintf(files.at(i).path.data(), files.at(i).path.size(), "%s", to);
        }
    }
}

void Crash::drop_unsynced() {
    const std::lock_guard lock(guard);
    for (size_t i = 0; i < files_count; ++i) {
        const auto& file = files.at(i);
        struct stat info {};
        if (::stat(file.path.data(), &info) == 0 && info.st_ino == file.inode && info.st_size > file.synced_size) {
            ::syscall(SYS_truncate, file.path.data(), file.synced_size);
        }
    }
}

void Crash::end() {
    if (is_power_cut) {
        drop_unsynced();
    }
    for (;;) {
        ::kill(::getpid(), SIGKILL);
    }
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

// Writes to files count; those to the log, pipes and eventfds change nothing that anybody sees later.
bool is_counted(int fd, struct stat& info) {
    return fd > STDERR_FILENO && ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
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
    crash().note_write(fd, info);
    if (is_the_one(name)) {
        if (crash().is_torn) {
            half();
        }
        crash().end();
    }
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

int fsync(int fd) {
    static auto* const real = next<int(int)>("fsync");
    pass("fsync");
    const int result = real(fd);
    crash().note_sync(fd);
    return result;
}

int fdatasync(int fd) {
    static auto* const real = next<int(int)>("fdatasync");
    pass("fdatasync");
    const int result = real(fd);
    crash().note_sync(fd);
    return result;
}

int rename(const char* from, const char* to) {
    static auto* const real = next<int(const char*, const char*)>("rename");
    pass("rename");
    crash().note_rename(from, to);
    return real(from, to);
}

int unlink(const char* path) {
    static auto* const real = next<int(const char*)>("unlink");
    pass("unlink");
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

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
    static auto* const real = next<ssize_t(int, const msghdr*, int)>("sendmsg");
    pass("sendmsg");
    return real(fd, message, flags);
}

}  // extern "C"
