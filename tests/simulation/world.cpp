// Drawing faults, and the order of events.
#include "tests/simulation/world.hpp"

#include <fmt/format.h>

namespace vigie::simulation {
namespace {

// None in a third of the worlds, else one of the others.
uint64_t one_of(Random& random, std::initializer_list<uint64_t> choices) {
    const auto draw = random.next() % (choices.size() + choices.size() / 2 + 1);
    return draw < choices.size() ? *(choices.begin() + draw) : 0;
}

}  // namespace

FaultPlan faults_of(uint64_t seed) {
    tests::SeededRandom random(seed * 2 + 1);
    for (int i = 0; i < 8; ++i) {
        random.next();  // neighbouring seeds begin alike
    }
    FaultPlan faults;
    faults.hosts = 1 + random.next() % 3;
    faults.loss = one_of(random, {2, 8, 20});
    faults.repetition = one_of(random, {5, 20});
    faults.delay_max = milliseconds(2 + one_of(random, {50, 200, 900}));
    faults.is_ordered = random.next() % 2 == 0;
    faults.partition = one_of(random, {3, 6});
    faults.disconnect = one_of(random, {3, 10});
    faults.agent_kill = one_of(random, {3, 8});
    faults.power_cut = one_of(random, {3, 8});
    faults.controller_kill = one_of(random, {3, 8});
    faults.clock_jump = one_of(random, {3, 6});
    faults.disk_full = one_of(random, {3, 6});
    faults.disk_stall = one_of(random, {5, 20});
    faults.full_socket = one_of(random, {10, 30});
    faults.channel_failure = one_of(random, {20, 50});
    faults.has_small_queues = random.next() % 2 == 0;
    const auto rare = random.next() % 4;
    faults.may_restore = rare == 0;
    if (faults.may_restore) {
        faults.controller_kill = 8;
    }
    faults.may_lose_outbox = rare == 1;
    faults.may_set_back = rare == 2;
    if (random.next() % 16 == 0) {
        faults.hosts = 12 + random.next() % 5;  // more backlogs at once than there are turns to replay them
    }
    return faults;
}

std::string to_text(const FaultPlan& faults) {
    return fmt::format(
        "hosts={} loss={}% repetition={}% delay={}ms ordered={} partition={}% disconnect={}% agent_kill={}% "
        "power_cut={}% controller_kill={}% clock_jump={}% disk_full={}% disk_stall={}% full_socket={}% "
        "channel_failure={}% small_queues={} restore={} lost_outbox={} set_back={}",
        faults.hosts, faults.loss, faults.repetition, faults.delay_max.count(), faults.is_ordered, faults.partition,
        faults.disconnect, faults.agent_kill, faults.power_cut, faults.controller_kill, faults.clock_jump,
        faults.disk_full, faults.disk_stall, faults.full_socket, faults.channel_failure, faults.has_small_queues,
        faults.may_restore, faults.may_lose_outbox, faults.may_set_back);
}

World::World(uint64_t seed) : faults(faults_of(seed)), random(seed) {}

bool World::step() {
    if (events_.empty() || !problem_.empty() || passed() >= end_at) {
        return false;
    }
    const auto next = events_.begin();
    now_ = std::max(now_, next->first);
    const auto task = std::move(next->second);
    events_.erase(next);
    ++steps_;
    task();
    return true;
}

void World::found(std::string problem) {
    if (problem_.empty()) {
        problem_ = fmt::format("at {} ms, step {}: {}", passed().count(), steps_, problem);
    }
}

// FNV-1a, 64 bit.
void World::note(std::string_view what) {
    for (const char byte : what) {
        trace_ = (trace_ ^ static_cast<uint8_t>(byte)) * 1099511628211U;
    }
}

}  // namespace vigie::simulation
