// Keeps the store's disk from running dry. A ballast file holds some space back; when the disk is nearly full it is
// deleted, so that RocksDB can finish what it has in memory, and writes are refused until there is room again.
#pragma once
#include <functional>
#include <string>

#include "shared/core/error.hpp"
#include "shared/core/units.hpp"

namespace vigie::controller {

struct DiskSpace {
    Bytes capacity;
    Bytes available;  // to us, without what is reserved for root
};
using SpaceProbe = std::function<Result<DiskSpace>(const std::string& folder)>;
// statvfs(3).
Result<DiskSpace> probe_disk_space(const std::string& folder);

// Of the file system, whichever is smaller; so that a 32 MiB test mount works like a disk.
constexpr Bytes ballast_bytes_max = 64_MiB;  // more than the write buffers hold
constexpr uint64_t ballast_fraction = 8;     // an eighth of the capacity
constexpr Bytes reserve_bytes_max = 64_MiB;  // kept free: one flush and one compaction's output
constexpr uint64_t reserve_fraction = 16;

class DiskGuard {
  public:
    // Makes no ballast yet: call has_room() first.
    DiskGuard(std::string folder, SpaceProbe probe);

    // Looks at the disk. True when writes may go on; the first true after a full disk has put the ballast back.
    bool has_room();
    // A write failed for lack of space: frees the ballast.
    void enter_full();
    bool is_full() const { return is_full_; }
    std::string explain() const;  // how much is free and how much is needed, for errors

  private:
    bool has_ballast() const;
    void make_ballast(Bytes size);

    std::string folder_;
    std::string ballast_path_;
    SpaceProbe probe_;
    DiskSpace last_;
    bool is_full_ = false;
    bool was_probed_ = false;
    bool lacks_ballast_ = false;  // at the start there was none, and no room for one yet
};

}  // namespace vigie::controller
