// Readings of the host that no collector can hold up. They are made on a thread beside the owner's (CollectThread).
// When one collector has run for collector_time_max, the reading is made again without it by another thread, and so are
// the next ones until the first thread has come back. So each thread that hangs is one collector's, and of those there
// are at most hung_threads_max.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/collect/collect_thread.hpp"
#include "agent/collect/collector.hpp"
#include "shared/os/fd.hpp"

namespace vigie::agent {

// node_exporter's limit for a mount that does not answer (--collector.filesystem.mount-timeout). A healthy collector
// takes some milliseconds; that of network interfaces with 5,000 of them a second, and more on a busy host.
constexpr seconds collector_time_max = 5s;
// Each holds a stack and a set of collectors, together 0.1 MiB. What serves files of /proc in a container (lxcfs) takes
// six collectors with it when it dies.
constexpr size_t hung_threads_max = 8;
// Collectors that hang get another chance from a configuration that is read again, which may have other folders, as
// long as no more threads than this hang: the rest is for collectors that hang then.
constexpr size_t hung_threads_retried_max = hung_threads_max / 2;

// One line of the log when a collector begins to fail, fails otherwise, or works again.
class OutcomeLog {
  public:
    void note(const CollectorOutcome& outcome);

  private:
    std::map<std::string, std::string, std::less<>> last_errors_;  // by collector
};

// On one thread, its owner's. Nothing here waits.
class HostReader {
  public:
    // Makes a set; called again and again, on the owner's thread.
    using OpenSet = std::function<Result<std::unique_ptr<CollectorSet>>()>;

    // `clock` must live as long as the process, and is asked on several threads.
    static Result<std::unique_ptr<HostReader>> open(Clock& clock, OpenSet open_set);
    ~HostReader();
    HostReader(const HostReader&) = delete;
    HostReader& operator=(const HostReader&) = delete;

    // Other collectors from the next reading on. Errors are those of `open_set`: then all stays as it was.
    Result<void> configure(OpenSet open_set);
    bool has_collector(std::string_view name) const;

    // Begins a reading. False: one is under way, and waits for a collector.
    bool begin();
    // Whether the reading under way is there to be taken. To be asked when fd() is readable, and after next_look() at
    // the latest: then what hangs is given up.
    bool look();
    int fd() const { return ended_.get(); }
    milliseconds next_look() const;
    // The reading, once look() has said so; behind the host's series stands what `add_more` adds. Its time is that at
    // which it was begun, or begun again without what hung. Logs what became of the collectors.
    Collection take(const AddMore& add_more = {});

    // Threads that a collector holds.
    size_t hung_threads() const { return hung_.size(); }

  private:
    enum class Stage { none, under_way, without_thread };
    struct Hung {
        std::unique_ptr<CollectThread> thread;
        std::string collector;
        MonoTime since;
        bool is_of_other_options = false;  // the collector has another chance
    };

    HostReader(Clock& clock, Fd ended) : clock_(clock), ended_(std::move(ended)) {}
    void take_back();
    void begin_run();
    Result<void> ready_thread();
    void leave_hung_out(CollectorSet& set) const;
    void begin_without_thread(const Error& why);
    void give_up(const CollectThread::Running& running);

    Clock& clock_;
    Fd ended_;
    OpenSet open_set_;
    std::vector<std::string> names_;  // of the collectors
    bool is_outdated_ = false;        // thread_ has a set of the options before
    std::unique_ptr<CollectThread> thread_;
    std::vector<Hung> hung_;
    Stage stage_ = Stage::none;
    std::unique_ptr<CollectorSet> idle_set_;  // of a reading without a thread: all are left out
    OutcomeLog log_;
};

}  // namespace vigie::agent
