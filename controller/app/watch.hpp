// The main loop's view of the hosts: what the link reports becomes the fleet's state, and what the fleet's state means
// for alerts and jobs is submitted to the committer.
#pragma once
#include "controller/app/records.hpp"
#include "controller/app/sample_path.hpp"
#include "controller/fleet/fleet.hpp"
#include "controller/link/hub.hpp"
#include "controller/store/committer.hpp"
#include "shared/loop/loop.hpp"

namespace vigie::controller {

class Watch final : public LinkObserver {
  public:
    // Keeps the references. start() begins the ticks.
    Watch(Loop& loop, Fleet fleet, Records& records, CommitQueue& commits, AfterCommit& after, const Clock& clock);

    void start();
    const Fleet& fleet() const { return fleet_; }  // on the loop
    std::vector<FleetHost> enrolled_hosts() const;
    std::optional<protocol::JobProgress> progress_of(const std::string& run_id) const;

    // LinkObserver, called on the link's thread: each posts itself to the loop.
    void heard(const AgentId& agent, MonoTime at) override;
    void connected(const AgentId& agent, const HelloFacts& facts) override;
    void disconnected(const AgentId& agent, const std::string& why) override;
    void superseded(const AgentId& agent, bool is_clone_suspected) override;
    void progressed(const AgentId& agent, const protocol::JobProgress& progress) override;
    void enrolled(const AgentId& agent) override;

  private:
    void on_connected(const AgentId& agent, const HelloFacts& facts);
    void on_transition(const HostTransition& transition);
    void tell_silent(const Host& host);
    void tick();
    void retire();
    // Submits a change to what the records own; pages that it makes wake the notifier.
    void submit(std::string what, std::function<Result<size_t>(StoreBatch&)> change);

    Loop& loop_;
    Fleet fleet_;
    Records& records_;
    CommitQueue& commits_;
    AfterCommit& after_;
    const Clock& clock_;
    Timer tick_timer_;
    Timer retire_timer_;
    std::map<std::string, protocol::JobProgress> progress_;  // by run, the newest
};

}  // namespace vigie::controller
