// What a hanging call may still use when the daemon has ended lives here as long as the process.
#include "agent/app/host_readings.hpp"

namespace vigie::agent {
namespace {

// Of the process's first caller; there is one.
MountProber& mounts_of_process(ProbeWaits waits) {
    static SystemFileSystemReader reader;
    static auto* const prober = new MountProber(reader, waits);  // never freed: see above
    return *prober;
}

Clock& clock_of_process() {
    static SystemClock clock;
    return clock;
}

}  // namespace

HostReadings::HostReadings(Loop& loop, ProbeWaits mount_waits, const SystemdSource& systemd, Task ready)
    : mounts_(mounts_of_process(mount_waits)),
      systemd_(systemd),
      ready_(std::move(ready)),
      hanging_(loop, [this] { look(); }) {}

Result<std::unique_ptr<HostReadings>> HostReadings::open(Loop& loop, const CollectOptions& options,
                                                         ProbeWaits mount_waits, const SystemdSource& systemd,
                                                         Task ready) {
    std::unique_ptr<HostReadings> readings(new HostReadings(loop, mount_waits, systemd, std::move(ready)));
    VIGIE_TRY(readings->reader_, HostReader::open(clock_of_process(), readings->opener(options)));
    readings->ended_.emplace(loop, readings->reader_->fd(), [raw = readings.get()] { raw->look(); });
    return readings;
}

HostReader::OpenSet HostReadings::opener(const CollectOptions& options) const {
    return [options, &mounts = mounts_, &systemd = systemd_] {
        return CollectorSet::open(options, clock_of_process(), mounts, &systemd);
    };
}

Result<void> HostReadings::configure(const CollectOptions& options) {
    return reader_->configure(opener(options));
}

void HostReadings::begin() {
    if (reader_->begin()) {
        look();
    }
}

void HostReadings::look() {
    if (reader_->look()) {
        hanging_.stop();
        ready_();
    } else {
        hanging_.start_once(reader_->next_look());
    }
}

}  // namespace vigie::agent
