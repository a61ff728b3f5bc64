// An agent's process: the real outbox, ledger, session and runner of jobs, and around them what agent/app's daemon and
// agent/link do with sockets, timers and children.
#pragma once
#include <deque>
#include <memory>

#include "agent/jobs/job_runner.hpp"
#include "agent/outbox/agent_state.hpp"
#include "protocol/session/agent_session.hpp"
#include "tests/simulation/network.hpp"
#include "tests/simulation/simulated_disk.hpp"
#include "tests/simulation/witness.hpp"

namespace vigie::simulation {

// What a process finds on its host.
struct Machine {
    World& world;
    Network& network;
    HostWitness& witness;
    SimulatedClock& clock;
    SimulatedDisk& disk;
    Life& life;
    std::string name;
    size_t number = 0;  // of the host
    std::string state_file;
    std::function<void(milliseconds, Task)> later;  // while this process lives
    bool has_died_making_room = false;              // so the outbox may begin later than what was seen last
};

// Children that end by themselves, when they are told to, or with their process.
class SimulatedChildren final : public agent::Children {
  public:
    explicit SimulatedChildren(Machine& machine) : machine_(machine) {}
    Result<std::unique_ptr<agent::RunningChild>> start(ChildCommand command,
                                                       std::function<void(ChildExit)> on_exit) override;
    std::unique_ptr<agent::Delay> after(milliseconds delay, Task task) override;
    void post(Task task) override { machine_.later(milliseconds{0}, std::move(task)); }
    bool on_thread() const override { return true; }

  private:
    Machine& machine_;
};

class AgentProcess {
  public:
    explicit AgentProcess(Machine& machine) : machine_(machine), children_(machine) {}
    // An error when the process died meanwhile, or the outbox can't be opened.
    Result<void> open();

    void tick();
    void append_sample();
    void append_event();
    void receive(uint64_t connection, const protocol::Frames& frames);
    void lost(uint64_t connection);
    // At both ends of whatever the process does: what it has thrown away, and how much it holds.
    void begin_step();
    void check_step();
    bool has_made_room() const;  // in this step, or may have
    // What it still waits for; "" when nothing.
    std::string unsettled() const;
    agent::AgentState& state() { return *state_; }

  private:
    void append(protocol::Stream stream, const protocol::Entry& entry, agent::Durability durability);
    void expect_entry(protocol::Stream stream, const std::string& bytes);
    void note_entry(protocol::Stream stream, bool is_synced);
    StreamKey key_of(protocol::Stream stream) const;
    void run(protocol::AgentActions actions);
    void carry_out(const protocol::SendMessage& action);
    void carry_out(const protocol::SendEntries& action);
    void carry_out(const protocol::MarkAcked& action);
    void carry_out(const protocol::RenewIncarnation& action);
    void carry_out(const protocol::Reopen& action);
    void carry_out(const protocol::StartJob& action) { runner_->start(action.start); }
    void carry_out(const protocol::CancelJob& action) { runner_->cancel(action.cancel); }
    template <typename News>
    void carry_out(const News&) {}
    std::vector<uint32_t> send_rows(const protocol::SendEntries& action, const std::vector<agent::OutboxRow>& rows);
    void connect();
    bool send(const protocol::Frames& frames);
    protocol::Moment now();

    Machine& machine_;
    SimulatedChildren children_;
    std::unique_ptr<agent::AgentState> state_;
    std::unique_ptr<protocol::AgentSession> session_;
    std::unique_ptr<agent::JobRunner> runner_;
    std::deque<protocol::AgentAction> actions_;
    bool is_running_ = false;
    uint64_t connection_ = 0;
    uint64_t openings_ = 0;  // a Reopen voids the one before
    uint64_t used_before_ = 0;
    uint64_t added_ = 0;  // in this step, with overhead
    std::string added_bytes_;
};

}  // namespace vigie::simulation
