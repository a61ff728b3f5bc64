// The host's collectors on the loop: a HostReader with what wakes it.
#pragma once
#include "agent/collect/host_reader.hpp"
#include "shared/loop/loop.hpp"

namespace vigie::agent {

// All on the loop's thread, which never waits for a collector.
class HostReadings {
  public:
    // `loop` and `systemd` must outlive it. `ready` is called for each reading that was begun, when it can be taken;
    // not after the object's end. Errors are those of CollectorSet::open.
    static Result<std::unique_ptr<HostReadings>> open(Loop& loop, const CollectOptions& options, ProbeWaits mount_waits,
                                                      const SystemdSource& systemd, Task ready);

    // Other collectors from the next reading on; the mounts that hang stay known. After an error all is as it was.
    Result<void> configure(const CollectOptions& options);
    bool has_collector(std::string_view name) const { return reader_->has_collector(name); }
    // Nothing while a reading is under way.
    void begin();
    // In `ready`; see HostReader::take.
    Collection take(const AddMore& add_more = {}) { return reader_->take(add_more); }

  private:
    HostReadings(Loop& loop, ProbeWaits mount_waits, const SystemdSource& systemd, Task ready);
    HostReader::OpenSet opener(const CollectOptions& options) const;
    void look();

    MountProber& mounts_;
    const SystemdSource& systemd_;
    Task ready_;
    std::unique_ptr<HostReader> reader_;
    std::optional<ReadWatcher> ended_;
    Timer hanging_;
};

}  // namespace vigie::agent
