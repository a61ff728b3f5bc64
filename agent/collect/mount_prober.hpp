// statfs of many mounts where any may hang for ever (a dead NFS server): each call runs on a worker thread, and a
// worker that hangs is left to its mount, at most one for each mount. The caller waits a few milliseconds and no more.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shared/core/error.hpp"
#include "shared/core/time.hpp"

namespace vigie::agent {

struct FileSystemReading {
    uint64_t block_bytes = 0;
    uint64_t blocks = 0;
    uint64_t blocks_free = 0;       // with what is reserved for root
    uint64_t blocks_available = 0;  // without: what `df` takes for its percentage
    uint64_t files = 0;
    uint64_t files_free = 0;
    bool operator==(const FileSystemReading&) const = default;
};

class FileSystemReader {
  public:
    virtual ~FileSystemReader() = default;
    virtual Result<FileSystemReading> read(const std::string& path) = 0;  // on a worker thread; may never return
};
class SystemFileSystemReader final : public FileSystemReader {
  public:
    Result<FileSystemReading> read(const std::string& path) override;
};

struct ProbeWaits {
    // Over it the reading would be of more than one moment; a local statfs takes microseconds.
    milliseconds longest{8};
    // A worker that has not answered by then is taken for hanging, and another goes on with the rest.
    milliseconds patience{2};
    bool operator==(const ProbeWaits&) const = default;
};

class MountProber {
  public:
    // The reader must outlive every call, even those that hang: give one that lives as long as the process.
    explicit MountProber(FileSystemReader& reader, ProbeWaits waits = {});
    ~MountProber();
    MountProber(const MountProber&) = delete;
    MountProber& operator=(const MountProber&) = delete;

    // One outcome for each path: a reading of this call, or the last one while a slow call is under way for less than
    // stuck_after. Nothing: it failed, is stuck, or has never answered.
    std::vector<std::optional<FileSystemReading>> probe(const std::vector<std::string>& paths, MonoTime now);

    size_t busy_workers() const;
    struct Shared;

  private:
    Shared* shared_;  // the last of this and the workers frees it: one that hangs may outlive this object
};

// node_exporter's --collector.filesystem.mount-timeout.
constexpr auto stuck_after = 5s;
constexpr size_t probe_workers_max = 16;  // each holds one hanging mount; more dead mounts only get their error flag

}  // namespace vigie::agent
