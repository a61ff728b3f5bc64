// A host: its disk and clock, and one agent's process after another on it.
#pragma once
#include "tests/simulation/agent_process.hpp"

namespace vigie::simulation {

class SimulatedHost {
  public:
    // `folder` is a real one, for the file that AgentState makes before SQLite opens its own.
    SimulatedHost(World& world, Network& network, HostWitness& witness, size_t number, const std::string& folder);
    ~SimulatedHost();
    SimulatedHost(const SimulatedHost&) = delete;
    SimulatedHost& operator=(const SimulatedHost&) = delete;

    void start();
    void each_second();
    void receive(uint64_t connection, const protocol::Frames& frames);
    void lost(uint64_t connection);

    const std::string& name() const { return machine_.name; }
    std::string unsettled() const { return process_ ? process_->unsettled() : name() + " is down"; }
    agent::AgentState* state() { return process_ ? &process_->state() : nullptr; }
    uint64_t lives() const { return lives_; }
    uint64_t set_backs() const { return set_backs_; }

  private:
    void step(const Task& task);  // of the process, if there is one
    void bury();
    void draw_faults();
    void set_back();

    World& world_;
    SimulatedClock clock_;
    Life life_;
    SimulatedDisk disk_;
    Machine machine_;
    std::unique_ptr<AgentProcess> process_;
    uint64_t lives_ = 0;
    struct Copy {
        SimulatedDisk::Image disk;
        HostWitness::Copy known;
    };
    std::optional<Copy> copy_;
    uint64_t set_backs_ = 0;
    bool has_power_cut_ = false;  // is what ends this life
};

}  // namespace vigie::simulation
