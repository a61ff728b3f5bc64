// A folder held open, and what is in it. All changes of a rotation go through its descriptor, so that a folder that is
// swapped for a link in the middle changes nothing elsewhere.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "shared/core/error.hpp"
#include "shared/core/time.hpp"
#include "shared/os/fd.hpp"

namespace vigie::agent::logs {

struct FileFacts {
    uint64_t device = 0;
    uint64_t inode = 0;
    uint64_t size = 0;
    uint64_t links = 1;
    unsigned mode = 0;  // permission bits only
    unsigned uid = 0;
    unsigned gid = 0;
    bool is_regular = true;
    bool is_link = false;
    bool is_frozen = false;  // chattr +i or +a
    WallTime since{};        // the earlier of birth and last write
    WallTime written{};      // the last write
};
using Listing = std::map<std::string, FileFacts>;

class Folder {
  public:
    static Result<Folder> open(const std::string& path);

    // nullopt when there is no such name. Never follows a link.
    Result<std::optional<FileFacts>> facts(const std::string& name) const;
    Result<Listing> list() const;
    Result<Fd> open_file(const std::string& name, int flags) const;             // with O_NOFOLLOW
    Result<Fd> create(const std::string& name) const;                           // new, mode 0600, to read and write
    Result<void> rename(const std::string& from, const std::string& to) const;  // exists when `to` is taken
    Result<void> move(const std::string& from, const Folder& target, const std::string& to) const;  // the same
    Result<void> remove(const std::string& name) const;                                             // absent is well
    Result<void> sync() const;

    int fd() const { return fd_.get(); }
    const std::string& path() const { return path_; }
    uint64_t device() const { return device_; }
    uint64_t inode() const { return inode_; }
    std::string at(std::string_view name) const;  // the full path, for messages

  private:
    Folder(Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
    Fd fd_;
    std::string path_;
    uint64_t device_ = 0;
    uint64_t inode_ = 0;
};

}  // namespace vigie::agent::logs
