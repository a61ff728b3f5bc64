// All collectors of the host, run one after the other on the loop's thread. Blocks only for the few milliseconds that a
// hanging file system may cost (mount_prober.hpp).
#pragma once
#include <functional>
#include <memory>
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
    ProbeWaits mount_waits;
    bool operator==(const CollectOptions&) const = default;
};

struct CollectorSources;
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
    std::string error;  // "" for success
};

struct Collection {
    protocol::SampleBatch batch;
    bool has_new_schema = false;  // other series than the last time
    std::vector<CollectorOutcome> outcomes;
};

class CollectorSet {
  public:
    // `file_systems` must live as long as the process: a hanging call may outlive this object. `systemd`, when it is
    // somebody, must outlive the set. unsupported: a name in `enabled` or `disabled` that no collector has.
    static Result<std::unique_ptr<CollectorSet>> open(const CollectOptions& options, Clock& clock,
                                                      FileSystemReader& file_systems,
                                                      const SystemdSource* systemd = nullptr);
    ~CollectorSet();

    // The series of all collectors at one moment, and behind them what `add_more` adds. A collector that fails leaves
    // its series out, is logged once until its message changes, and has 0 in node_scrape_collector_success.
    Collection collect(WallTime now, const std::function<void(SeriesWriter&)>& add_more = {});

    std::vector<std::string> names() const;
    bool has_collector(std::string_view name) const;

  private:
    explicit CollectorSet(Clock& clock);
    void note(size_t index, const Result<void>& outcome);

    Clock& clock_;
    uint64_t ticks_ = 0;
    std::unique_ptr<CollectorSources> sources_;
    std::vector<std::unique_ptr<Collector>> collectors_;
    std::vector<std::string> last_errors_;
    SeriesWriter writer_;
};

}  // namespace vigie::agent
