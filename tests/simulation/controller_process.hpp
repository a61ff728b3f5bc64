// A controller's process: the real hub, committer, ingest, rules, alerts, job board and notifier, and around them what
// controller/app's daemon and watch and the link's thread do.
#pragma once
#include <deque>
#include <memory>
#include <set>

#include "controller/app/rule_thread.hpp"
#include "controller/app/sample_path.hpp"
#include "controller/fleet/fleet.hpp"
#include "controller/notify/notifier.hpp"
#include "controller/store/memory_store.hpp"
#include "tests/simulation/network.hpp"
#include "tests/simulation/witness.hpp"

namespace vigie::simulation {

// What outlives the process, and what it needs.
struct ControllerMachine {
    World& world;
    Network& network;
    StoreWitness& witness;
    SimulatedClock& clock;
    Life& life;
    controller::MemoryStore& disk;
    std::vector<std::string> host_names;
    std::function<void(milliseconds, Task)> later;  // while this process lives
    bool is_disk_full = false;
    bool has_plans = true;
    std::set<std::string> delivered;  // idempotency keys that the on-call channel took
    // The last commit, when its sync failed, and when it was tried: the next start may find it in the store's log,
    // unless one came after it that succeeded.
    std::optional<std::pair<controller::StoreBatch, WallTime>> doubtful = std::nullopt;
};

// The disk as the process sees it. It may die before the sync of a commit or after.
class SimulatedStore final : public controller::StateStore {
  public:
    explicit SimulatedStore(ControllerMachine& machine) : machine_(machine) {}
    Result<void> commit(const controller::StoreBatch& batch) override;
    Result<std::optional<std::string>> get(controller::Family family, std::string_view key) const override {
        return machine_.disk.get(family, key);
    }
    Result<void> scan(controller::Family family, std::string_view from, std::string_view to,
                      const std::function<bool(std::string_view, std::string_view)>& visit) const override {
        return machine_.disk.scan(family, from, to, visit);
    }
    Result<void> scan_back(controller::Family family, std::string_view from, std::string_view to,
                           const std::function<bool(std::string_view, std::string_view)>& visit) const override {
        return machine_.disk.scan_back(family, from, to, visit);
    }

  private:
    ControllerMachine& machine_;
};

class ControllerProcess final : public controller::AfterCommit,
                                public controller::BatchSink,
                                public controller::CursorSource,
                                public controller::LinkObserver,
                                public controller::Outlet,
                                public controller::JobSender,
                                public controller::notify::Channel {
  public:
    explicit ControllerProcess(ControllerMachine& machine);
    ~ControllerProcess() override;

    void receive(size_t host, uint64_t connection, const protocol::Frames& frames);
    void tick();
    // After whatever the process does: plans a commit, and looks at what it holds.
    void finish_step();
    std::string unsettled() const;

  private:
    using Change = std::function<Result<size_t>(controller::StoreBatch&)>;  // gives the pages it makes

    // BatchSink
    bool offer(const AgentId& agent, protocol::Stream stream, uint64_t incarnation, uint64_t seq,
               const std::string& entry_bytes) override;
    bool offer_gap(const AgentId& agent, protocol::Stream stream, uint64_t incarnation, uint64_t first_seq,
                   uint64_t last_seq, protocol::GapReason reason) override;
    bool offer_generations(const AgentId& agent, const std::vector<protocol::Generation>& generations) override {
        return path_.offer_generations(agent, generations);
    }
    // CursorSource
    Result<std::vector<protocol::StreamCursor>> cursors_of(const AgentId& agent) override;
    // AfterCommit
    void durable(const AgentId& agent, protocol::Stream stream, uint64_t incarnation, uint64_t seq) override;
    void apply_failed(const AgentId& agent, protocol::Stream stream, uint64_t incarnation) override;
    void samples_stored(std::span<const uint32_t> groups, WallTime sampled_at) override {
        rule_groups_.arrived(groups, sampled_at);
    }
    void wake_notifier() override { notifier_->wake(); }
    controller::JobSender& job_sender() override { return *this; }
    // LinkObserver
    void heard(const AgentId& agent, MonoTime at) override;
    void connected(const AgentId& agent, const controller::HelloFacts& facts) override;
    void disconnected(const AgentId& agent, const std::string& why) override;
    void superseded(const AgentId& agent, bool is_clone_suspected) override;
    void progressed(const AgentId&, const protocol::JobProgress&) override {}
    void enrolled(const AgentId&) override {}
    // Outlet
    protocol::Sent send(const protocol::ConnectionId& connection, const protocol::Frames& frames) override;
    void cut(const protocol::Connection& connection) override;
    // JobSender
    void start(const AgentId& agent, const protocol::JobStart& message,
               std::optional<uint64_t> results_incarnation) override;
    void cancel(const AgentId& agent, const protocol::JobCancel& message) override;
    // notify::Channel
    void start(uint64_t number, const controller::notify::Request& request) override;
    std::vector<controller::notify::Answer> wait(milliseconds) override { return std::exchange(answers_, {}); }
    void wake() override {}

    protocol::Moment now();
    void commit();
    void to_link(Task command);
    void submit(Change change, std::function<void(bool is_stored)> then = {});
    void submit_until_stored(const std::string& name, Change change);
    void submit_owed(const std::string& name);
    void note(const controller::HostTransition& transition);
    void tell_silent(const controller::Host& host);
    void tick_records();
    void evaluate_rules();
    void ask_for_runs();
    std::vector<controller::FleetHost> hosts() const;

    ControllerMachine& machine_;
    SimulatedStore store_;
    controller::DirectCommitter commits_;
    std::unique_ptr<controller::Records> records_;
    controller::RuleGroups rule_groups_;
    controller::SamplePath path_;
    controller::Hub hub_;
    controller::Fleet fleet_;
    std::unique_ptr<controller::notify::Notifier> notifier_;
    std::vector<controller::notify::Answer> answers_;
    std::deque<Task> commands_;
    struct Owed {
        Change change;
        uint64_t number = 0;
        bool is_under_way = false;
    };
    std::map<std::string, Owed> owed_;
    uint64_t changes_owed_ = 0;
    std::map<uint64_t, std::string> agent_of_;  // connection -> agent
    size_t own_queued_ = 0;                     // of the controller's own changes
    bool is_commit_planned_ = false;
    bool is_ticking_ = false;
};

}  // namespace vigie::simulation
