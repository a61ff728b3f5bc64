// Some hosts and their controller in a world that a seed decides. After each step the witnesses have looked at all that
// went out; at the end everything must have arrived.
#pragma once
#include "controller/jobs/job_run.hpp"
#include "tests/simulation/simulated_controller.hpp"
#include "tests/simulation/simulated_host.hpp"

namespace vigie::simulation {

// What happened in a world, so that a test can tell that something did.
struct Tally {
    uint64_t steps = 0, entries = 0, missing = 0, transitions = 0, evaluations = 0, pages = 0, spawns = 0, deaths = 0,
             restorations = 0, set_backs = 0, renewals = 0, doubtful = 0;
    uint64_t trace = 0;  // of all that was seen
    Tally& operator+=(const Tally& other);
    bool operator==(const Tally&) const = default;
};

class FleetSimulation {
  public:
    // `folder`: an existing one.
    FleetSimulation(uint64_t seed, const std::string& folder);

    // Runs to the end. Returns what is wrong and in which world, "" when all holds.
    std::string run();
    Tally tally() const;

  private:
    void each_second();
    std::string unsettled();
    void check_end();
    void check_runs(SimulatedHost& host);

    World world_;
    Network network_;
    HostWitness host_witness_;
    const controller::rules::RuleSet rules_;
    StoreWitness store_witness_;
    std::vector<std::unique_ptr<SimulatedHost>> hosts_;
    std::unique_ptr<SimulatedController> controller_;
    bool is_over_ = false;
};

}  // namespace vigie::simulation
