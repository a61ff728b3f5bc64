// The world from its first second to the last.
#include "tests/simulation/fleet_simulation.hpp"

#include "controller/ingest/ingest.hpp"
#include "controller/jobs/run_history.hpp"
#include "tests/simulation/fleet_settings.hpp"

namespace vigie::simulation {

using protocol::Stream;

Tally& Tally::operator+=(const Tally& other) {
    steps += other.steps;
    entries += other.entries;
    missing += other.missing;
    transitions += other.transitions;
    evaluations += other.evaluations;
    pages += other.pages;
    spawns += other.spawns;
    deaths += other.deaths;
    restorations += other.restorations;
    set_backs += other.set_backs;
    renewals += other.renewals;
    doubtful += other.doubtful;
    trace ^= other.trace;
    return *this;
}

FleetSimulation::FleetSimulation(uint64_t seed, const std::string& folder)
    : world_(seed),
      network_(world_),
      host_witness_(world_),
      rules_(rule_set()),
      store_witness_(world_, host_witness_, rules_) {
    std::vector<std::string> names;
    for (size_t i = 0; i < world_.faults.hosts; ++i) {
        hosts_.push_back(std::make_unique<SimulatedHost>(world_, network_, host_witness_, i, folder));
        names.push_back(hosts_.back()->name());
    }
    controller_ = std::make_unique<SimulatedController>(world_, network_, store_witness_, names);
    network_.on_controller_receives([this](size_t host, uint64_t connection, const protocol::Frames& frames) {
        controller_->receive(host, connection, frames);
    });
    network_.on_agent_receives([this](size_t host, uint64_t connection, const protocol::Frames& frames) {
        hosts_.at(host)->receive(connection, frames);
    });
    network_.on_agent_loses([this](size_t host, uint64_t connection) { hosts_.at(host)->lost(connection); });
}

std::string FleetSimulation::run() {
    controller_->start();
    for (auto& host : hosts_) {
        host->start();
    }
    each_second();
    // A lossy wire is one that breaks: a message is never lost for good on a connection that goes on for ever.
    world_.after(World::calm_at, [this] { network_.lose_all(); });
    while (!is_over_ && world_.step()) {
    }
    if (world_.problem().empty()) {
        check_end();
    }
    return world_.problem().empty() ? ""
                                    : fmt::format("{}\n  in a world of {}", world_.problem(), to_text(world_.faults));
}

void FleetSimulation::each_second() {
    controller_->each_second();
    for (auto& host : hosts_) {
        host->each_second();
    }
    // Later than what each second brings.
    world_.after(500ms, [this] { is_over_ = world_.passed() > World::calm_at + 3s && unsettled().empty(); });
    world_.after(1s, [this] { each_second(); });
}

std::string FleetSimulation::unsettled() {
    if (auto why = controller_->unsettled(); !why.empty()) {
        return why;
    }
    for (auto& host : hosts_) {
        if (auto why = host->unsettled(); !why.empty()) {
            return why;
        }
    }
    return "";
}

void FleetSimulation::check_end() {
    if (const auto why = unsettled(); !why.empty()) {
        return world_.found("in calm times nothing comes to rest: " + why);
    }
    for (const auto& [alert, page] : store_witness_.kept().newest_page) {
        if (!controller_->delivered().contains(page)) {
            return world_.found("a page never reached anyone: " + page);
        }
    }
    for (auto& host : hosts_) {
        for (const auto stream : {Stream::results, Stream::metrics, Stream::logs}) {
            const auto state = host->state()->outbox().state(stream);
            const StreamKey key{host->name(), stream, state.incarnation};
            if (store_witness_.cursor(key) + 1 != state.next_seq) {
                world_.found(fmt::format("{}: {} entries, {} applied", to_text(key), state.next_seq - 1,
                                         store_witness_.cursor(key)));
            }
        }
        check_runs(*host);
    }
}

// What a host knows of its runs stands in the controller's records too.
void FleetSimulation::check_runs(SimulatedHost& host) {
    if (world_.faults.may_restore || world_.faults.may_lose_outbox || world_.faults.may_set_back) {
        return;
    }
    controller::RunFilter filter;
    filter.agent = AgentId{host.name()};
    filter.limit = 1000;
    const auto runs = controller::list_runs(controller_->disk(), filter).value();
    for (const auto& run : runs) {
        const auto known = host.state()->runs().find(run.id.value).value();
        const bool has_succeeded = known && known->state == protocol::RunState::succeeded;
        if (!is_over(run.phase) || has_succeeded != (run.phase == controller::RunPhase::succeeded)) {
            world_.found(fmt::format("{}: run {} has {}succeeded, but is recorded as {}", host.name(), run.id.value,
                                     has_succeeded ? "" : "not ", name_of(run.phase)));
        }
    }
}

Tally FleetSimulation::tally() const {
    Tally tally{.steps = world_.steps(),
                .entries = store_witness_.entries(),
                .missing = store_witness_.missing(),
                .transitions = store_witness_.transitions(),
                .evaluations = store_witness_.group_evaluations(),
                .pages = store_witness_.pages(),
                .spawns = host_witness_.spawns(),
                .deaths = controller_->lives() / 2,
                .restorations = controller_->was_restored() ? 1U : 0U,
                .set_backs = 0,
                .renewals = host_witness_.renewals(),
                .doubtful = controller_->found_after_all(),
                .trace = world_.trace()};
    for (const auto& host : hosts_) {
        tally.deaths += host->lives() / 2;
        tally.set_backs += host->set_backs();
    }
    return tally;
}

}  // namespace vigie::simulation
