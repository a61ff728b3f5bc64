// Undone by system calls, not by the functions of libc that the shim itself takes the place of.
#include "tests/crash/crash_power.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace vigie::crash {

void PowerCut::note_write(int fd, const struct stat& info) {
    const std::lock_guard lock(guard_);
    const auto is_it = [&](const WrittenFile& file) { return file.inode == info.st_ino; };
    if (std::any_of(files_.begin(), files_.end(), is_it)) {
        return;
    }
    std::array<char, 512> path{};
    const auto link = "/proc/self/fd/" + std::to_string(fd);
    const auto size = ::readlink(link.c_str(), path.data(), path.size() - 1);
    // What was there before this process came is on the disk.
    files_.push_back({.inode = info.st_ino,
                      .synced_size = info.st_size,
                      .path = std::string(path.data(), size > 0 ? static_cast<size_t>(size) : 0)});
}

void PowerCut::note_sync(int fd) {
    struct stat info {};
    if (::fstat(fd, &info) != 0) {
        return;
    }
    const std::lock_guard lock(guard_);
    if (S_ISDIR(info.st_mode)) {
        std::erase_if(changes_, [&](const Change& change) {
            if (change.folder != info.st_ino) {
                return false;
            }
            if (!change.kept.empty()) {
                ::syscall(SYS_unlinkat, AT_FDCWD, change.kept.c_str(), 0);
            }
            return true;
        });
        return;
    }
    for (auto& file : files_) {
        if (file.inode == info.st_ino) {
            file.synced_size = info.st_size;
        }
    }
}

ino_t PowerCut::folder_of(const std::string& path) {
    const auto end = path.find_last_not_of('/');
    const auto slash = path.find_last_of('/', end);
    const auto parent = slash == std::string::npos ? std::string(".") : path.substr(0, slash + 1);
    struct stat info {};
    return ::stat(parent.c_str(), &info) == 0 ? info.st_ino : 0;
}

// A second name for what has this one, "" when nothing has it.
std::string PowerCut::keep(const char* path) {
    struct stat info {};
    if (::lstat(path, &info) != 0 || S_ISDIR(info.st_mode)) {
        return "";
    }
    auto kept = kept_ + "/" + std::to_string(::getpid()) + "-" + std::to_string(++kept_count_);
    if (::syscall(SYS_linkat, AT_FDCWD, path, AT_FDCWD, kept.c_str(), 0) != 0) {
        std::perror(kept.c_str());
        std::abort();  // a cut that brings nothing back would pass for the wrong reason
    }
    return kept;
}

int PowerCut::note(Change change, int result) {
    const int error = errno;
    if (result != 0) {
        if (!change.kept.empty()) {
            ::syscall(SYS_unlinkat, AT_FDCWD, change.kept.c_str(), 0);
        }
    } else {
        for (auto& file : files_) {
            if (change.kind == Change::Kind::renamed && file.path == change.from) {
                file.path = change.path;
            }
        }
        changes_.push_back(std::move(change));
    }
    errno = error;
    return result;
}

void PowerCut::move(const std::string& from, const std::string& to) {
    if (::syscall(SYS_renameat2, AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), 0) != 0) {
        std::perror(("power cut: " + from + " to " + to).c_str());
        std::abort();  // tells the test, as this is no kill
    }
    for (auto& file : files_) {
        if (file.path == from) {
            file.path = to;
        }
    }
}

void PowerCut::cut() {
    guard_.lock();  // for ever: whoever else changes something waits for the end
    for (auto change = changes_.rbegin(); change != changes_.rend(); ++change) {
        if (change->kind == Change::Kind::renamed) {
            move(change->path, change->from);
        } else if (change->kind == Change::Kind::made) {
            move(change->path, kept_ + "/made-" + std::to_string(::getpid()) + "-" + std::to_string(++kept_count_));
        }
        if (!change->kept.empty()) {
            move(change->kept, change->path);
        }
    }
    for (const auto& file : files_) {
        struct stat info {};
        if (::stat(file.path.c_str(), &info) == 0 && info.st_ino == file.inode && info.st_size > file.synced_size) {
            ::syscall(SYS_truncate, file.path.c_str(), file.synced_size);
        }
    }
}

}  // namespace vigie::crash
