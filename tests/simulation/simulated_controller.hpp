// The controller's machine: its disk and clock, and one process after another on it.
#pragma once
#include "tests/simulation/controller_process.hpp"

namespace vigie::simulation {

class SimulatedController {
  public:
    SimulatedController(World& world, Network& network, StoreWitness& witness, std::vector<std::string> host_names);
    ~SimulatedController();
    SimulatedController(const SimulatedController&) = delete;
    SimulatedController& operator=(const SimulatedController&) = delete;

    void start();
    void each_second();
    void receive(size_t host, uint64_t connection, const protocol::Frames& frames);

    std::string unsettled() const { return process_ ? process_->unsettled() : "the controller is down"; }
    const controller::StateStore& disk() const { return disk_; }
    const std::set<std::string>& delivered() const { return machine_.delivered; }
    uint64_t lives() const { return lives_; }
    bool was_restored() const { return was_restored_; }
    uint64_t found_after_all() const { return found_after_all_; }  // commits whose sync had failed

  private:
    void step(const Task& task);
    void bury();
    void draw_faults();
    void restore();

    World& world_;
    Network& network_;
    StoreWitness& witness_;
    controller::MemoryStore disk_;
    SimulatedClock clock_;
    Life life_;
    ControllerMachine machine_;
    std::unique_ptr<ControllerProcess> process_;
    uint64_t lives_ = 0;
    struct Checkpoint {
        controller::MemoryStore disk;
        StoreWitness::Kept kept;
    };
    std::optional<Checkpoint> checkpoint_;
    bool was_restored_ = false;
    uint64_t found_after_all_ = 0;
};

}  // namespace vigie::simulation
