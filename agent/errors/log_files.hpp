// The files of logs as an interface, so that a test can rotate them at any point.
#pragma once
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "shared/core/error.hpp"

namespace vigie::agent::errors {

// What a file is, whatever its name becomes.
struct FileId {
    uint64_t device = 0;
    uint64_t inode = 0;
    auto operator<=>(const FileId&) const = default;
};

class LogFile {
  public:
    virtual ~LogFile() = default;
    virtual FileId id() const = 0;
    virtual Result<uint64_t> size() = 0;
    // From `offset` on, at most bytes_max bytes; fewer, or none, at its end.
    virtual Result<std::string> read(uint64_t offset, size_t bytes_max) = 0;
};

class LogFiles {
  public:
    virtual ~LogFiles() = default;
    // Names that match, sorted, at most count_max of them.
    virtual std::vector<std::string> find(const std::string& pattern, size_t count_max) = 0;
    // What stands under the name now; nullopt when nothing does.
    virtual std::optional<FileId> id_of(const std::string& path) = 0;
    // not_found; unsupported for what is no regular file, links too.
    virtual Result<std::unique_ptr<LogFile>> open(const std::string& path) = 0;
    // A file of that id in the folder of `path`, as a rotation leaves it there under another name.
    virtual std::optional<std::string> find_renamed(const std::string& path, FileId id) = 0;
};

}  // namespace vigie::agent::errors
