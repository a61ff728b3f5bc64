// File systems: the table of mounts, and statfs of each by the prober.
#pragma once
#include <string>
#include <vector>

#include "agent/collect/collector.hpp"
#include "agent/collect/mount_prober.hpp"
#include "agent/collect/mounts.hpp"
#include "agent/collect/proc_file.hpp"

namespace vigie::agent {

class FilesystemCollector final : public Collector {
  public:
    FilesystemCollector(const CollectOptions& options, ReadBuffer& buffer, MountProber& prober);
    Result<void> collect(const Tick& tick, SeriesWriter& out) override;

  private:
    Result<std::string_view> read_table();
    void remember(std::vector<Mount> mounts);

    ProcFile init_mounts_;  // of process 1: what the host sees, whatever the service's own namespace hides
    ProcFile own_mounts_;   // where the first may not be read
    std::string rootfs_;
    ReadBuffer& buffer_;
    MountProber& prober_;
    std::string table_;  // parsed again only when it has changed
    std::vector<Mount> mounts_;
    std::vector<std::string> paths_;
};

}  // namespace vigie::agent
