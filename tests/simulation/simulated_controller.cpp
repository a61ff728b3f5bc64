// Lives and deaths of the controller.
#include "tests/simulation/simulated_controller.hpp"

#include "controller/link/records.hpp"

namespace vigie::simulation {

SimulatedController::SimulatedController(World& world, Network& network, StoreWitness& witness,
                                         std::vector<std::string> host_names)
    : world_(world),
      network_(network),
      witness_(witness),
      clock_(world, std::chrono::hours{1}, milliseconds{0}),
      machine_{.world = world,
               .network = network,
               .witness = witness,
               .clock = clock_,
               .life = life_,
               .disk = disk_,
               .host_names = std::move(host_names),
               .later =
                   [this](milliseconds delay, Task task) {
                       world_.after(delay, [this, life = lives_, task = std::move(task)] {
                           if (life == lives_) {
                               step(task);
                           }
                       });
                   },
               .delivered = {}} {
    controller::StoreBatch enrolled;
    for (const auto& name : machine_.host_names) {
        enrolled.put(controller::Family::agents, name,
                     encode(controller::AgentRecord{AgentId{name}, std::string(40, 'k'), clock_.wall(), {}}));
    }
    std::ignore = disk_.commit(enrolled);
}

SimulatedController::~SimulatedController() {
    life_.end();
    process_.reset();
}

void SimulatedController::start() {
    ++lives_;
    life_ = Life{};
    process_ = std::make_unique<ControllerProcess>(machine_);
    step([] {});
}

void SimulatedController::step(const Task& task) {
    if (!process_) {
        return;
    }
    task();
    if (life_.is_dead()) {
        return bury();
    }
    process_->finish_step();
}

void SimulatedController::bury() {
    process_.reset();
    ++lives_;
    if (const auto doubtful = std::exchange(machine_.doubtful, std::nullopt); doubtful && world_.below(2) == 0) {
        std::ignore = disk_.commit(doubtful->first);
        witness_.committed(doubtful->first, doubtful->second);
        ++found_after_all_;
    }
    if (world_.below(2) == 0) {
        network_.lose_all();
    }
    if (world_.faults.may_restore && checkpoint_ && world_.has_fault(50)) {
        restore();
    }
    world_.after(milliseconds(world_.below(world_.is_faulty() ? 6000 : 100)), [this] {
        if (!process_) {
            start();
        }
    });
}

void SimulatedController::restore() {
    network_.lose_all();
    network_.forget_all_under_way();
    disk_ = checkpoint_->disk;
    witness_.restore(checkpoint_->kept);
    was_restored_ = true;
}

void SimulatedController::draw_faults() {
    const auto& faults = world_.faults;
    if (world_.has_fault(faults.controller_kill)) {
        life_.end_at_effect(1 + world_.below(30));
    }
    if (world_.has_fault(faults.clock_jump / 2)) {
        const auto hour = milliseconds(std::chrono::hours{1}).count();
        clock_.jump(milliseconds(static_cast<int64_t>(world_.below(2 * static_cast<uint64_t>(hour))) - hour));
    } else if (world_.below(10) == 0) {
        clock_.set_right();
    }
    machine_.is_disk_full = machine_.is_disk_full ? world_.has_fault(70) : world_.has_fault(faults.disk_full);
    if (faults.may_restore && world_.below(8) == 0) {
        checkpoint_ = Checkpoint{disk_, witness_.kept()};
    }
}

void SimulatedController::each_second() {
    machine_.has_plans = world_.is_faulty();
    draw_faults();
    step([this] { process_->tick(); });
}

void SimulatedController::receive(size_t host, uint64_t connection, const protocol::Frames& frames) {
    step([&] { process_->receive(host, connection, frames); });
}

}  // namespace vigie::simulation
