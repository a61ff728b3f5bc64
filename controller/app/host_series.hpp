// The series of each host that the controller writes itself: `up`, as Prometheus has it of what it scrapes (1 while the
// host is heard, 0 while it is silent), and, while it is up, how far its clock is ahead of the controller's. They tell
// what the controller knew when; what a host brings later does not change them. Confined to the committer's thread.
#pragma once
#include <optional>
#include <span>
#include <unordered_map>

#include "controller/fleet/fleet.hpp"
#include "controller/ingest/ingest.hpp"

namespace vigie::controller {

// A query takes a sample as current for five minutes.
constexpr milliseconds host_series_period = std::chrono::minutes{1};
// In one batch: all of ten thousand hosts have one half a minute after a start.
constexpr size_t host_series_rows_max = 500;

struct HostUp {
    AgentId host;
    std::optional<bool> is_up;    // nullopt: not known yet
    milliseconds clock_ahead{0};  // of the controller's, when it is up
};

// Of the hosts that have been heard, and whose keys are good.
std::vector<HostUp> hosts_up(const Fleet& fleet);

class HostSeries {
  public:
    explicit HostSeries(Ingest& ingest) : ingest_(ingest) {}  // kept

    // Once a second. Series of hosts that are not among these end. Gives whether any host came up, went down or left.
    bool refresh(std::span<const HostUp> hosts, WallTime now, StoreBatch& batch);
    // Not stored: all are written again.
    void on_committed(bool is_stored);

  private:
    struct Written {
        WallTime at{};
        bool is_up = false;
        uint64_t round = 0;  // of refresh(), in which the host was among those given
    };
    bool is_due(const HostUp& host, WallTime now);
    // Of a host without `is_up`: the end of its series. Gives whether it is in the batch.
    bool put(const HostUp& host, WallTime now, StoreBatch& batch);
    bool end_others(WallTime now, StoreBatch& batch);

    Ingest& ingest_;
    std::unordered_map<AgentId, Written> written_;
    uint64_t round_ = 0;
    size_t rows_ = 0;  // of this round
    bool is_failing_ = false;
};

}  // namespace vigie::controller
