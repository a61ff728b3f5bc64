#include "agent/logs/writers.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>

#include "shared/os/files.hpp"

namespace vigie::agent::logs {
namespace {

constexpr Bytes proc_bytes_max = 64_KiB;

// The `flags:` line of /proc/PID/fdinfo/FD, in octal; 0 when the descriptor is gone.
unsigned open_flags(Files& files, const std::string& path) {
    const auto text = files.read(path, proc_bytes_max);
    const auto at = text ? text->find("flags:") : std::string::npos;
    if (at == std::string::npos) {
        return 0;
    }
    const auto digits = text->find_first_of("01234567", at);
    unsigned flags = 0;
    if (digits != std::string::npos) {
        std::from_chars(text->data() + digits, text->data() + text->size(), flags, 8);
    }
    return flags;
}

void add_writers_of_process(Files& files, const std::string& process, int pid, uint64_t device, uint64_t inode,
                            std::vector<Writer>& writers) {
    const auto descriptors = files.list(process + "/fd");
    if (!descriptors) {
        return;  // ended, or not ours to look into
    }
    for (const auto& number : *descriptors) {
        struct stat entry {};
        if (stat(fmt::format("{}/fd/{}", process, number).c_str(), &entry) != 0 || entry.st_dev != device ||
            entry.st_ino != inode) {
            continue;
        }
        const auto flags = open_flags(files, fmt::format("{}/fdinfo/{}", process, number));
        if ((flags & O_ACCMODE) == O_RDONLY) {
            continue;
        }
        auto program = files.read(process + "/comm", proc_bytes_max).value_or("?");
        program.resize(std::min(program.find('\n'), program.size()));
        writers.push_back({pid, std::move(program), (flags & O_APPEND) != 0});
    }
}

}  // namespace

std::vector<Writer> writers_of(uint64_t device, uint64_t inode) {
    std::vector<Writer> writers;
    SystemFiles files;
    for (const auto& name : files.list("/proc").value_or(std::vector<std::string>{})) {
        int pid = 0;
        const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
        if (error == std::errc{} && end == name.data() + name.size()) {
            add_writers_of_process(files, "/proc/" + name, pid, device, inode, writers);
        }
    }
    return writers;
}

std::string names_of(const std::vector<Writer>& writers) {
    std::vector<std::string> names;
    for (const auto& writer : writers) {
        names.push_back(fmt::format("{} ({})", writer.program, writer.pid));
    }
    return fmt::format("{}", fmt::join(names, ", "));
}

bool has_writer(int fd) {
    // Who opens the file while the lease is held makes the kernel send SIGIO, which would end this process.
    struct sigaction ignore {};
    struct sigaction before {};
    ignore.sa_handler = SIG_IGN;
    sigaction(SIGIO, &ignore, &before);
    const int leased = fcntl(fd, F_SETLEASE, F_RDLCK);
    const int error = errno;
    if (leased == 0) {
        fcntl(fd, F_SETLEASE, F_UNLCK);
    }
    sigaction(SIGIO, &before, nullptr);
    if (leased == 0 || error == EAGAIN) {
        return leased != 0;
    }
    struct stat entry {};
    return fstat(fd, &entry) == 0 && !writers_of(entry.st_dev, entry.st_ino).empty();
}

}  // namespace vigie::agent::logs
