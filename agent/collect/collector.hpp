// All collectors of the host, run one after the other on the thread that asks. Any of them may hang in the kernel for
// ever: who must not wait for that has them run by HostReader (host_reader.hpp), which goes on without the one that
// does.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/collect/mount_prober.hpp"
#include "agent/series/series_writer.hpp"
#include "protocol/messages/messages.hpp"
#include "shared/core/error.hpp"
#include "shared/core/time.hpp"
#include "shared/os/clock.hpp"

namespace vigie::agent {

// Where the host's files are; tests give trees of their own.
struct Roots {
    std::string procfs = "/proc";
    std::string sysfs = "/sys";
    std::string rootfs = "";  // in front of mount points, /etc and /run: "" or a folder such as "/host"
    std::string udev_data = "/run/udev/data";
    bool operator==(const Roots&) const = default;
};

// Which units have series, and which series.
struct SystemdOptions {
    std::vector<std::string> include = {"*"};
    std::vector<std::string> exclude = {"*.automount", "*.device", "*.mount", "*.scope", "*.slice"};
    bool has_restarts = true;
    bool has_start_times = false;
    bool has_tasks = false;
    bool operator==(const SystemdOptions&) const = default;
};

// Lists are patterns with *. Which file systems are excluded is fixed, see mounts.hpp.
struct CollectOptions {
    Roots roots;
    std::vector<std::string> enabled;   // collectors that are off by default, such as "processes"
    std::vector<std::string> disabled;  // names of collectors, such as "timex"
    std::vector<std::string> arp_exclude;
    std::vector<std::string> cgroup_exclude;
    int64_t cgroup_depth = 3;                    // "/system.slice/docker-….scope" is 2, a group of kubelet's is 4
    std::vector<std::string> diskstats_exclude;  // besides what node_exporter excludes
    std::vector<std::string> netclass_exclude;
    std::vector<std::string> netdev_exclude = {"lo"};
    std::vector<std::string> powersupply_exclude;
    SystemdOptions systemd;
    std::vector<std::string> tapestats_exclude;
    std::string textfile_directory;  // "" reads none
    bool operator==(const CollectOptions&) const = default;
};

struct CollectorSources;
class SystemdCopy;
class SystemdSource;

struct Tick {
    uint64_t number = 0;  // 1 for a set's first collection
    WallTime wall;
    MonoTime mono;
};

// One source. collect() parses a file before it adds the file's series, so that a malformed one adds none.
class Collector {
  public:
    explicit Collector(const char* name) : name_(name) {}
    virtual ~Collector() = default;
    virtual Result<void> collect(const Tick& tick, SeriesWriter& out) = 0;
    const char* name() const { return name_; }

  private:
    const char* name_;
};

struct CollectorOutcome {
    const char* name = "";
    bool is_success = false;
    double seconds = 0;
    Error error{};  // its message is "" for success
};

struct Collection {
    protocol::SampleBatch batch;
    bool has_new_schema = false;  // other series than the last time
    std::vector<CollectorOutcome> outcomes;
};

using AddMore = std::function<void(SeriesWriter&)>;

// Not two threads at once; which one does not matter.
class CollectorSet {
  public:
    // `clock` and `mounts` must live as long as the process: a collector that hangs keeps its set beyond whoever has
    // given it up. `systemd`, when it is somebody, must be there at each prepare(). unsupported: a name in `enabled` or
    // `disabled` that no collector has.
    static Result<std::unique_ptr<CollectorSet>> open(const CollectOptions& options, Clock& clock, MountProber& mounts,
                                                      const SystemdSource* systemd = nullptr);
    // Of other collectors than this host's.
    static std::unique_ptr<CollectorSet> of(std::vector<std::unique_ptr<Collector>> collectors, Clock& clock);
    ~CollectorSet();

    // The series of all collectors at one moment, and behind them what `add_more` adds. A collector that fails leaves
    // its series out and has 0 in node_scrape_collector_success. It is these three in turn:
    Collection collect(WallTime now, const AddMore& add_more = {});
    // Takes over what is known of systemd; on the thread of its source.
    void prepare();
    // Asked before each collector, with its name and the time; false ends the reading.
    using BeginOne = std::function<bool(const char* name, MonoTime now)>;
    void read(WallTime now, const BeginOne& begin_one = {});
    Collection finish(const AddMore& add_more = {});

    // From the next reading on it is not run and has failed with `why`, for as long as since `since`; until let_in().
    void leave_out(std::string_view name, const Error& why, MonoTime since);
    void let_in(std::string_view name);

    std::vector<std::string> names() const;

  private:
    struct LeftOut {
        Error why;
        MonoTime since;
    };
    explicit CollectorSet(Clock& clock);
    std::optional<LeftOut>* left_out(std::string_view name);

    Clock& clock_;
    const SystemdSource* systemd_ = nullptr;
    uint64_t ticks_ = 0;
    WallTime read_at_;
    std::unique_ptr<CollectorSources> sources_;
    std::unique_ptr<SystemdCopy> units_;  // what the collector of units reads, when there is a source
    std::vector<std::unique_ptr<Collector>> collectors_;
    std::vector<std::optional<LeftOut>> left_out_;  // for each collector
    std::vector<CollectorOutcome> outcomes_;
    SeriesWriter writer_;
};

}  // namespace vigie::agent
