// Which windows and runs hold an alert back at a time. A copy of what the store had when it was read: read it again
// when runs began or ended.
#pragma once
#include <map>

#include "controller/jobs/run_span.hpp"
#include "controller/maintenance/maintenance.hpp"

namespace vigie::controller::maintenance {

struct Held {
    std::string_view by;  // "maintenance" or "run"
    std::string id;       // of the window its name
    std::string why;      // "maintenance window 'nights'"
};

// A run that holds alerts of its host.
struct RunHold {
    const JobHold* hold;
    RunSpan run;
    WallTime until;  // at the latest while it is under way
};

bool is_open(const Window& window, WallTime at);

class InForce {
  public:
    // Nothing is ever held.
    InForce() = default;
    // Keeps the reference.
    InForce(const Maintenance& maintenance, const std::vector<RunSpan>& runs);
    // With the runs that hold something at `since` or later, as far as the store still knows them. Keeps `maintenance`.
    // A damaged row holds nothing, and is told in `damaged`.
    static Result<InForce> read(const Maintenance& maintenance, const StoreReader& store, WallTime since,
                                std::vector<DamagedRow>* damaged = nullptr);

    bool holds(const routing::Labels& labels, WallTime at) const;
    std::vector<Held> all(const routing::Labels& labels, WallTime at) const;
    // Those that hold something at the time, by their hosts.
    std::vector<RunHold> runs(WallTime at) const;

  private:
    const std::vector<RunHold>& runs_on_host_of(const routing::Labels& labels) const;

    const std::vector<Window>* windows_ = nullptr;
    std::map<std::string, std::vector<RunHold>, std::less<>> runs_;  // by host
};

}  // namespace vigie::controller::maintenance
