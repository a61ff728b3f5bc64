// File systems' series.
#include "agent/collect/filesystem.hpp"

namespace vigie::agent {

FilesystemCollector::FilesystemCollector(const CollectOptions& options, ReadBuffer& buffer, MountProber& prober)
    : Collector("filesystem"),
      init_mounts_(options.roots.procfs + "/1/mounts"),
      own_mounts_(options.roots.procfs + "/self/mounts"),
      rootfs_(options.roots.rootfs),
      buffer_(buffer),
      prober_(prober) {}

Result<std::string_view> FilesystemCollector::read_table() {
    auto text = init_mounts_.read(buffer_);
    return text ? text : own_mounts_.read(buffer_);
}

void FilesystemCollector::remember(std::vector<Mount> mounts) {
    mounts_ = std::move(mounts);
    paths_.clear();
    for (const auto& mount : mounts_) {
        paths_.push_back(rootfs_ + mount.mountpoint);
    }
}

Result<void> FilesystemCollector::collect(const Tick& tick, SeriesWriter& out) {
    VIGIE_TRY(const auto text, read_table());
    if (text != table_) {
        VIGIE_TRY(auto mounts, parse_mounts(text));
        remember(std::move(mounts));
        table_ = text;
    }
    const auto readings = prober_.probe(paths_, tick.mono);
    for (size_t i = 0; i < mounts_.size(); ++i) {
        const auto& mount = mounts_[i];
        const auto add = [&](const char* name, double value) {
            out.add(name, {{"device", mount.device}, {"fstype", mount.fstype}, {"mountpoint", mount.mountpoint}},
                    value);
        };
        add("node_filesystem_device_error", readings[i] ? 0 : 1);
        if (!readings[i]) {
            continue;
        }
        const auto& reading = *readings[i];
        const auto block = static_cast<double>(reading.block_bytes);
        add("node_filesystem_avail_bytes", static_cast<double>(reading.blocks_available) * block);
        add("node_filesystem_files", static_cast<double>(reading.files));
        add("node_filesystem_files_free", static_cast<double>(reading.files_free));
        add("node_filesystem_free_bytes", static_cast<double>(reading.blocks_free) * block);
        add("node_filesystem_readonly", mount.is_readonly ? 1 : 0);
        add("node_filesystem_size_bytes", static_cast<double>(reading.blocks) * block);
    }
    return {};
}

}  // namespace vigie::agent
