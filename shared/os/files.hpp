// Whole small files as an interface: configuration, keys, state. Not for streams of data: backup and rotation have
// their own readers. Every call names its path in its error.
#pragma once
#include <string>
#include <vector>

#include "shared/core/error.hpp"
#include "shared/core/units.hpp"

namespace vigie {

// A limit for files that people write by hand; a larger one is a mistake, not a configuration.
constexpr Bytes config_file_bytes_max = 4_MiB;

class Files {
  public:
    virtual ~Files() = default;
    // too_large when the file has more than max bytes.
    virtual Result<std::string> read(const std::string& path, Bytes max) = 0;
    // Writes beside the target, fsyncs, renames over it and fsyncs the folder: old or new content, never a mix.
    virtual Result<void> write_atomically(const std::string& path, std::string_view content, unsigned mode) = 0;
    virtual Result<void> make_directories(const std::string& path, unsigned mode) = 0;  // like mkdir -p; durable
    virtual Result<std::vector<std::string>> list(const std::string& path) = 0;         // names, sorted, no . and ..
    virtual Result<void> remove(const std::string& path) = 0;                           // a file; absent is an error
    virtual bool is_present(const std::string& path) = 0;
};

class SystemFiles final : public Files {
  public:
    Result<std::string> read(const std::string& path, Bytes max) override;
    Result<void> write_atomically(const std::string& path, std::string_view content, unsigned mode) override;
    Result<void> make_directories(const std::string& path, unsigned mode) override;
    Result<std::vector<std::string>> list(const std::string& path) override;
    Result<void> remove(const std::string& path) override;
    bool is_present(const std::string& path) override;
};

// The folder part of a path ("." when it has none), and two parts joined by one slash.
std::string parent_of(std::string_view path);
std::string join_path(std::string_view folder, std::string_view name);
// fsync of a folder, so that a rename inside it survives a crash.
Result<void> sync_directory(const std::string& path);
// Reads to the end, through EINTR. too_large when more than max bytes come. `path` is for messages.
Result<std::string> read_all(int fd, Bytes max, const std::string& path);
// Writes all bytes, through EINTR and short writes. `what` names the target in the error.
Result<void> write_all(int fd, std::string_view bytes, std::string_view what);

}  // namespace vigie
