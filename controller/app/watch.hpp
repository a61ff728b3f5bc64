// The main loop's view of the hosts: what the link reports becomes the fleet's state, and what the fleet's state means
// for alerts and jobs is submitted to the committer. What a failed commit (a full disk) took back is submitted again
// with the next tick, so that no host's silence goes untold.
#pragma once
#include <atomic>

#include "controller/app/records.hpp"
#include "controller/app/sample_path.hpp"
#include "controller/fleet/fleet.hpp"
#include "controller/link/hub.hpp"
#include "controller/store/committer.hpp"
#include "shared/loop/loop.hpp"

namespace vigie::controller {

// How long nobody must have seen two machines with one key for VigieIdentityUsedTwice to be over: two that take turns
// cut each other within minutes.
constexpr milliseconds clone_over_after = 1h;

// Fleet::load, with what the agents' rows say of it: hosts without one have left, and revoked ones are not waited for.
// A controller that died between the commit of a key and that of its host leaves them apart.
Result<Fleet> load_fleet(const StateStore& store, milliseconds heartbeat_interval, MonoTime started);

class Watch final : public LinkObserver {
  public:
    // Keeps the references. start() begins the ticks.
    Watch(Loop& loop, Fleet fleet, Records& records, CommitQueue& commits, AfterCommit& after, const Clock& clock);

    void start();
    void tick();                                   // once a second after start()
    const Fleet& fleet() const { return fleet_; }  // on the loop
    std::vector<FleetHost> enrolled_hosts() const;
    // The newest of the run, as its host told it.
    std::optional<protocol::JobProgress> progress_of(const std::string& run_id, const AgentId& agent) const;

    // LinkObserver, called on the link's thread: each posts itself to the loop.
    void heard(const AgentId& agent, MonoTime at) override;
    void clock_told(const AgentId& agent, milliseconds ahead) override;
    void connected(const AgentId& agent, const HelloFacts& facts) override;
    void disconnected(const AgentId& agent, const std::string& why) override;
    void closed_by_peer(const AgentId& agent) override;
    void leaving(const AgentId& agent, protocol::Leaving how, MonoTime at) override;
    void superseded(const AgentId& agent, bool is_clone_suspected) override;
    void progressed(const AgentId& agent, const protocol::JobProgress& progress) override;
    void enrolled(const AgentId& agent) override;
    void key_event(const AgentId& agent, const KeyEvent& event) override;

    // On the loop, after the commit that says so.
    void key_revoked(const AgentId& agent);
    void host_removed(const AgentId& agent);

  private:
    // A change to what the records own. Gives the number of pages it makes, which wake the notifier.
    using Change = std::function<Result<size_t>(StoreBatch&)>;

    void on_connected(const AgentId& agent, const HelloFacts& facts);
    void on_transition(const HostTransition& transition);
    void note_start(const AgentId& agent, const HelloFacts& facts);
    void note_clock(const AgentId& agent, milliseconds ahead);
    void note_clone(const AgentId& agent);
    void forget_old_clones(MonoTime now);
    void take_over_clones();
    void tell(const AgentId& agent, const alerts::OwnFinding& finding);
    void tell_silent(const Host& host);
    void tell_back(const Host& host);
    void tell_gone(const AgentId& agent);
    void tell_those_gone_before();
    void record(const std::string& name, const Event& event);
    void retire();
    // Any thread. `then` hears on the committer's thread whether the change is stored.
    void submit(Change change, std::function<void(bool is_stored)> then = {});
    // On the loop: until it is stored, or a newer change of the same name takes its place.
    void submit_until_stored(const std::string& name, Change change);
    void submit_owed(const std::string& name);
    void on_owed_ended(const std::string& name, uint64_t number, bool is_stored);
    void tell_failure(const Error& error);

    Loop& loop_;
    Fleet fleet_;
    Records& records_;
    CommitQueue& commits_;
    AfterCommit& after_;
    const Clock& clock_;
    Timer tick_timer_;
    Timer retire_timer_;
    MonoTime ticked_at_{};
    std::map<AgentId, MonoTime> cloned_;       // hosts whose key two machines used, and when that was seen last
    std::map<AgentId, MonoTime> starts_told_;  // when an event last told that the host's agent started
    std::atomic<bool> is_ticking_ = false;     // the last tick's changes are on their way
    struct Owed {
        Change change;
        uint64_t number = 0;
        bool is_under_way = false;
    };
    std::map<std::string, Owed> owed_;  // by name: at most a few for each host
    uint64_t changes_owed_ = 0;
    std::string last_failure_;                                                   // on the committer's thread
    std::map<std::pair<std::string, AgentId>, protocol::JobProgress> progress_;  // the newest, by run and host
};

}  // namespace vigie::controller
