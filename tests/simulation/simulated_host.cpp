// Lives and deaths of an agent.
#include "tests/simulation/simulated_host.hpp"

namespace vigie::simulation {

SimulatedHost::SimulatedHost(World& world, Network& network, HostWitness& witness, size_t number,
                             const std::string& folder)
    : world_(world),
      clock_(world, milliseconds(world.below(86'400'000)), milliseconds(0)),
      disk_(fmt::format("simulated-disk-{}", number), world.random, [this] { return life_.act(); }),
      machine_{.world = world,
               .network = network,
               .witness = witness,
               .clock = clock_,
               .disk = disk_,
               .life = life_,
               .name = fmt::format("web-{}", number + 1),
               .number = number,
               .state_file = fmt::format("{}/outbox-{}.db", folder, number),
               .later = [this](milliseconds delay, Task task) {
                   world_.after(delay, [this, life = lives_, task = std::move(task)] {
                       if (life == lives_) {
                           step(task);
                       }
                   });
               }} {}

SimulatedHost::~SimulatedHost() {
    life_.end();
    process_.reset();
}

void SimulatedHost::start() {
    ++lives_;
    life_ = Life{};
    has_power_cut_ = false;
    if (world_.has_fault(world_.faults.agent_kill + world_.faults.power_cut)) {
        life_.end_at_effect(1 + world_.below(40));  // at its very start
    }
    process_ = std::make_unique<AgentProcess>(machine_);
    const auto opened = process_->open();
    if (!opened && !life_.is_dead()) {
        world_.found(fmt::format("{} does not start: {}", name(), opened.error().message));
    }
    if (life_.is_dead()) {
        return bury();
    }
    process_->check_step();
}

void SimulatedHost::step(const Task& task) {
    if (!process_) {
        return;
    }
    process_->begin_step();
    task();
    if (life_.is_dead()) {
        return bury();
    }
    process_->check_step();
}

void SimulatedHost::bury() {
    machine_.has_died_making_room |= process_->has_made_room();
    process_.reset();
    ++lives_;
    if (has_power_cut_) {
        disk_.cut_power();
    }
    if (world_.faults.may_lose_outbox && world_.has_fault(25)) {
        disk_.erase();
    }
    if (world_.faults.may_set_back && copy_ && world_.has_fault(50)) {
        set_back();
    }
    world_.after(milliseconds(world_.below(world_.is_faulty() ? 4000 : 100)), [this] {
        if (!process_) {
            start();
        }
    });
}

void SimulatedHost::set_back() {
    disk_.restore(copy_->disk);
    machine_.witness.set_back(name(), copy_->known);
    ++set_backs_;
}

void SimulatedHost::draw_faults() {
    const auto& faults = world_.faults;
    if (faults.may_set_back && process_ && world_.has_fault(15)) {
        copy_ = Copy{disk_.image(), machine_.witness.copy_of(name())};
    }
    if (world_.has_fault(faults.agent_kill)) {
        life_.end_at_effect(1 + world_.below(20));
    }
    if (world_.has_fault(faults.power_cut)) {
        has_power_cut_ = true;
        life_.end_at_effect(1 + world_.below(20));
    }
    if (world_.has_fault(faults.clock_jump)) {
        const auto hour = milliseconds(std::chrono::hours{1}).count();
        clock_.jump(milliseconds(static_cast<int64_t>(world_.below(2 * static_cast<uint64_t>(hour))) - hour));
    } else if (world_.below(10) == 0) {
        clock_.set_right();
    }
    if (world_.has_fault(faults.partition)) {
        machine_.network.cut(machine_.number, milliseconds(1000 + world_.below(15'000)));
    }
}

void SimulatedHost::each_second() {
    draw_faults();
    step([this] {
        if (world_.is_faulty() && world_.below(10) < 6) {
            process_->append_sample();
        }
        if (world_.is_faulty() && world_.below(10) < 2) {
            process_->append_event();
        }
        process_->tick();
    });
}

void SimulatedHost::receive(uint64_t connection, const protocol::Frames& frames) {
    step([&] { process_->receive(connection, frames); });
}

void SimulatedHost::lost(uint64_t connection) {
    step([&] { process_->lost(connection); });
}

}  // namespace vigie::simulation
