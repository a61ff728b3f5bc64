// Jobs that take some seconds and end well, badly or not at all.
#include "tests/simulation/agent_process.hpp"

namespace vigie::simulation {
namespace {

ChildExit exit_of(int code, int signal) {
    return {.exit_code = code, .signal = signal, .stdout_tail = "{}", .stderr_tail = {}};
}

// Calls off what was planned when it is destroyed.
class SimulatedDelay final : public agent::Delay {
  public:
    explicit SimulatedDelay(std::shared_ptr<bool> is_on) : is_on_(std::move(is_on)) {}
    ~SimulatedDelay() override { *is_on_ = false; }

  private:
    std::shared_ptr<bool> is_on_;
};

class SimulatedChild final : public agent::RunningChild {
  public:
    SimulatedChild(Machine& machine, std::string job, std::string run_id, std::function<void(ChildExit)> on_exit)
        : machine_(machine), job_(std::move(job)), run_id_(std::move(run_id)), on_exit_(std::move(on_exit)) {
        machine_.witness.spawned(machine_.name, job_, run_id_);
        machine_.world.note(run_id_);
    }
    ~SimulatedChild() override {
        if (!has_ended_) {
            machine_.witness.ended(machine_.name, job_, run_id_, false);
        }
        *is_there_ = false;
    }
    void end_group(milliseconds) override { end_in(milliseconds(machine_.world.below(500)), exit_of(143, 15)); }
    void end_in(milliseconds delay, ChildExit exit) {
        machine_.later(delay, [this, is_there = is_there_, exit = std::move(exit)] {
            if (*is_there && !has_ended_) {
                has_ended_ = true;
                machine_.witness.ended(machine_.name, job_, run_id_, exit.signal == 0 && exit.exit_code == 0);
                on_exit_(exit);  // destroys this
            }
        });
    }

  private:
    Machine& machine_;
    const std::string job_;
    const std::string run_id_;
    const std::function<void(ChildExit)> on_exit_;
    bool has_ended_ = false;
    std::shared_ptr<bool> is_there_ = std::make_shared<bool>(true);
};

}  // namespace

Result<std::unique_ptr<agent::RunningChild>> SimulatedChildren::start(ChildCommand command,
                                                                      std::function<void(ChildExit)> on_exit) {
    if (!machine_.life.act()) {
        return fail(ErrorCode::unavailable, "the process is dead");
    }
    auto child = std::make_unique<SimulatedChild>(machine_, command.environment.at("VIGIE_JOB"),
                                                  command.environment.at("VIGIE_RUN_ID"), std::move(on_exit));
    auto& world = machine_.world;
    const auto fate = world.below(10);
    child->end_in(milliseconds(200 + world.below(8000)), exit_of(fate < 7 ? 0 : fate < 9 ? 1 : 3, 0));
    return child;
}

std::unique_ptr<agent::Delay> SimulatedChildren::after(milliseconds delay, Task task) {
    auto is_on = std::make_shared<bool>(true);
    machine_.later(delay, [is_on, task = std::move(task)] {
        if (*is_on) {
            task();
        }
    });
    return std::make_unique<SimulatedDelay>(is_on);
}

}  // namespace vigie::simulation
