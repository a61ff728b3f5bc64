// The controller's watch over its hosts, and what operators ask for: as controller/app/watch does.
#include "tests/simulation/controller_process.hpp"

namespace vigie::simulation {

using namespace controller;

void ControllerProcess::heard(const AgentId& agent, MonoTime at) {
    if (const auto transition = fleet_.heard(agent, at, machine_.clock.wall())) {
        note(*transition);
    }
}

void ControllerProcess::connected(const AgentId& agent, const HelloFacts& facts) {
    submit([this, agent, incarnation = facts.results_incarnation](StoreBatch& batch) -> Result<size_t> {
        VIGIE_CHECK(records_->on_session(agent, incarnation, batch));
        return size_t{0};
    });
    protocol::Hello hello;
    hello.agent_version = facts.agent_version;
    hello.boot_id = facts.boot_id;
    hello.jobs = facts.jobs;
    hello.sent_at_unix_ms = unix_ms(machine_.clock.wall() + facts.clock_skew);
    if (const auto transition = fleet_.hello(agent, hello, machine_.clock.mono(), machine_.clock.wall())) {
        note(*transition);
    }
}

void ControllerProcess::disconnected(const AgentId& agent, const std::string&) {
    submit([this, agent](StoreBatch&) -> Result<size_t> {
        records_->on_session_ended(agent);
        return size_t{0};
    });
    fleet_.disconnected(agent);
}

// One agent that comes back is no clone.
void ControllerProcess::superseded(const AgentId& agent, bool is_clone_suspected) {
    const auto& faults = machine_.world.faults;
    const bool is_wire_good = faults.loss == 0 && faults.repetition == 0 && faults.partition == 0 && faults.is_ordered;
    if (is_clone_suspected && is_wire_good) {
        machine_.world.found(agent.value + " is taken for a clone of itself");
    }
}

void ControllerProcess::note(const HostTransition& transition) {
    const auto* host = fleet_.find(transition.agent);
    if (host != nullptr && transition.to == HostState::silent) {
        tell_silent(*host);
    } else if (host != nullptr && transition.to == HostState::up) {
        submit_until_stored("liveness of " + host->id.value,
                            [this, host = *host, wall = machine_.clock.wall()](StoreBatch& batch) {
                                return records_->on_host_back(host, wall, batch);
                            });
    }
}

void ControllerProcess::tell_silent(const Host& host) {
    submit_until_stored("liveness of " + host.id.value, [this, host, wall = machine_.clock.wall()](StoreBatch& batch) {
        return records_->on_host_silent(host, wall, batch);
    });
}

void ControllerProcess::submit_until_stored(const std::string& name, Change change) {
    owed_.insert_or_assign(name, Owed{std::move(change), ++changes_owed_, false});
    submit_owed(name);
}

void ControllerProcess::submit_owed(const std::string& name) {
    auto& owed = owed_.at(name);
    owed.is_under_way = true;
    submit(owed.change, [this, name, number = owed.number](bool is_stored) {
        const auto found = owed_.find(name);
        if (found == owed_.end() || found->second.number != number) {
            return;  // a newer one has its place
        }
        found->second.is_under_way = false;
        if (is_stored) {
            owed_.erase(found);
        }
    });
}

void ControllerProcess::submit(Change change, std::function<void(bool)> then) {
    ++own_queued_;
    const auto pages = std::make_shared<std::optional<size_t>>();
    commits_.submit(
        [change = std::move(change), pages](StoreBatch& batch) {
            if (const auto changed = change(batch)) {
                *pages = *changed;
            }
        },
        [this, pages, then = std::move(then)](const Result<void>& stored) {
            --own_queued_;
            records_->on_committed(stored, *this);
            if (stored && pages->value_or(0) > 0) {
                notifier_->wake();
            }
            if (then) {
                then(stored.has_value() && pages->has_value());
            }
        });
}

std::vector<FleetHost> ControllerProcess::hosts() const {
    std::vector<FleetHost> all;
    for (const auto* host : fleet_.hosts()) {
        all.push_back({host->id, host->labels});
    }
    return all;
}

void ControllerProcess::tick() {
    for (const auto& transition : fleet_.tick(machine_.clock.mono())) {
        note(transition);
    }
    for (const auto& [name, owed] : owed_) {
        if (!owed.is_under_way) {
            submit_owed(name);
        }
    }
    tick_records();
    evaluate_rules();
    ask_for_runs();
    hub_.on_tick(now());
    notifier_->turn(milliseconds{0});
}

void ControllerProcess::tick_records() {
    if (!machine_.has_plans) {
        records_->jobs().set_plans({});
    }
    if (std::exchange(is_ticking_, true)) {
        return;
    }
    submit(
        [this, rows = fleet_.take_unsaved(machine_.clock.mono())](StoreBatch& batch) -> Result<size_t> {
            for (const auto& [key, row] : rows) {
                batch.put(Family::hosts, key, row);
            }
            VIGIE_CHECK(records_->tick(hosts(), {}, batch));
            return size_t{0};
        },
        [this](bool) { is_ticking_ = false; });
}

// What its thread does in a daemon. The evaluation itself takes no time here.
void ControllerProcess::evaluate_rules() {
    while (const auto due = rule_groups_.take_due()) {
        submit_outcome(std::make_shared<const rules::GroupOutcome>(rule_groups_.evaluate(*due)), rule_groups_,
                       *records_, commits_, *this);
    }
}

// An operator forces a run now and then, and cancels one.
void ControllerProcess::ask_for_runs() {
    auto& world = machine_.world;
    if (machine_.has_plans && world.below(20) == 0) {
        const AgentId host{machine_.host_names.at(world.below(machine_.host_names.size()))};
        submit([this, host](StoreBatch& batch) -> Result<size_t> {
            const ForcedRun wanted{
                .job = "by-hand", .hosts = {host}, .parameters = {}, .timeout = 20s, .asked_by = "me"};
            std::ignore = records_->jobs().run_now(wanted, records_->now(), batch);  // one may be under way
            return size_t{0};
        });
    }
    std::vector<std::string> ids;
    std::ignore = store_.scan(Family::jobs, "", "", [&ids](std::string_view id, std::string_view) {
        ids.emplace_back(id);
        return true;
    });
    if (!ids.empty() && world.below(30) == 0) {
        submit([this, id = RunId{ids.at(world.below(ids.size()))}](StoreBatch& batch) -> Result<size_t> {
            std::ignore = records_->jobs().cancel(id, "no longer wanted", records_->now(), batch);  // may be over
            return size_t{0};
        });
    }
}

std::string ControllerProcess::unsettled() const {
    size_t runs = 0;
    std::ignore = store_.scan(Family::jobs, "", "", [&runs](auto, auto) { return ++runs > 0; });
    size_t pages = 0;
    std::ignore = store_.scan(Family::outbox, "q", "r", [&pages](auto, auto) { return ++pages > 0; });
    // A restored controller may ask for a run whose report its host had trimmed: that ends only with the run's lease.
    if (machine_.world.faults.may_restore) {
        runs = 0;
    }
    if (runs > 0 || pages > 0) {
        return fmt::format("{} runs are not over and {} pages not delivered", runs, pages);
    }
    return commits_.queued() > 0 || !owed_.empty() ? "changes are not stored" : "";
}

}  // namespace vigie::simulation
