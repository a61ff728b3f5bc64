// Posts from the link's thread, ticks of the loop, submissions to the committer.
#include "controller/app/watch.hpp"

#include <set>

#include "controller/link/host_keys.hpp"
#include "shared/log/log.hpp"

namespace vigie::controller {
namespace {
constexpr milliseconds tick_period{1s};
// A tick this late tells that we stood still (a long answer, a stopped process), so nobody could be heard meanwhile.
constexpr milliseconds standstill_min{5s};
constexpr milliseconds retire_period{1min};
// Progress is only for whoever looks now; a run that ended without a last word must not stay for ever.
constexpr size_t progress_kept_max = 1'000;
}  // namespace

Result<Fleet> load_fleet(const StateStore& store, milliseconds heartbeat_interval, MonoTime started) {
    VIGIE_TRY(auto fleet, Fleet::load(store, heartbeat_interval, started));
    VIGIE_TRY(const auto agents, list_agents(store));
    std::set<AgentId> enrolled;
    for (const auto& record : agents) {
        enrolled.insert(record.agent);
        if (record.revoked_at) {
            fleet.revoke(record.agent);
        }
    }
    for (const auto* host : fleet.hosts()) {
        if (!enrolled.contains(host->id)) {
            static_cast<void>(fleet.leave(host->id));
        }
    }
    return fleet;
}

Watch::Watch(Loop& loop, Fleet fleet, Records& records, CommitQueue& commits, AfterCommit& after, const Clock& clock)
    : loop_(loop),
      fleet_(std::move(fleet)),
      records_(records),
      commits_(commits),
      after_(after),
      clock_(clock),
      // Posted, so that what the link has reported before is taken first.
      tick_timer_(loop, [this] { loop_.post([this] { tick(); }); }),
      retire_timer_(loop, [this] { retire(); }) {}

void Watch::start() {
    records_.on_call_due([this] { submit([this](StoreBatch& batch) { return records_.escalate(batch); }); });
    for (const auto* host : fleet_.hosts()) {
        if (host->state == HostState::silent) {
            tell_silent(*host);  // in case an older controller died between the host's row and its alert
        }
    }
    submit_until_stored("rules", [this](StoreBatch& batch) { return records_.close_removed_rules(batch); });
    tell_those_gone_before();
    take_over_clones();
    ticked_at_ = clock_.mono();
    tick_timer_.start_every(tick_period);
    retire_timer_.start_every(retire_period);
}

std::vector<FleetHost> Watch::enrolled_hosts() const {
    std::vector<FleetHost> hosts;
    for (const auto* host : fleet_.hosts()) {
        if (host->state != HostState::left && !host->is_key_revoked) {
            hosts.push_back({host->id, host->labels});
        }
    }
    return hosts;
}

std::optional<protocol::JobProgress> Watch::progress_of(const std::string& run_id, const AgentId& agent) const {
    const auto found = progress_.find({run_id, agent});
    return found == progress_.end() ? std::nullopt : std::optional(found->second);
}

void Watch::heard(const AgentId& agent, MonoTime at) {
    loop_.post([this, agent, at] {
        if (const auto transition = fleet_.heard(agent, at, clock_.wall())) {
            on_transition(*transition);
        }
    });
}

// What a session means for runs is submitted at once, not from the loop: the committer must hear of it before the
// session's first entry, which already names the new incarnation.
void Watch::connected(const AgentId& agent, const HelloFacts& facts) {
    submit([this, agent, incarnation = facts.results_incarnation](StoreBatch& batch) -> Result<size_t> {
        VIGIE_CHECK(records_.on_session(agent, incarnation, batch));
        return size_t{0};
    });
    loop_.post([this, agent, facts] { on_connected(agent, facts); });
}

void Watch::on_connected(const AgentId& agent, const HelloFacts& facts) {
    protocol::Hello hello;
    hello.agent_version = facts.agent_version;
    hello.boot_id = facts.boot_id;
    hello.labels = facts.labels;
    hello.jobs = facts.jobs;
    hello.version_min = hello.version_max = facts.protocol_version;
    const auto wall = clock_.wall();
    hello.sent_at_unix_ms = unix_ms(wall + facts.clock_skew);
    note_start(agent, facts);
    if (const auto transition = fleet_.hello(agent, hello, clock_.mono(), wall)) {
        on_transition(*transition);
    }
    fleet_.set_address(agent, facts.address);
    note_clock(agent, facts.clock_skew);
}

void Watch::clock_told(const AgentId& agent, milliseconds ahead) {
    loop_.post([this, agent, ahead] { note_clock(agent, ahead); });
}

void Watch::disconnected(const AgentId& agent, const std::string&) {
    submit([this, agent](StoreBatch&) -> Result<size_t> {
        records_.on_session_ended(agent);
        return size_t{0};
    });
    loop_.post([this, agent] { fleet_.disconnected(agent); });
}

void Watch::closed_by_peer(const AgentId& agent) {
    loop_.post([this, agent] { fleet_.closed_by_peer(agent); });
}

void Watch::leaving(const AgentId& agent, protocol::Leaving how, MonoTime at) {
    loop_.post([this, agent, how, at] {
        log::info("host={} {}", agent.value,
                  how == protocol::Leaving::host_stops ? "shuts down or boots anew" : "its agent was told to end");
        fleet_.leaving(agent, how, at);
    });
}

void Watch::superseded(const AgentId& agent, bool is_clone_suspected) {
    loop_.post([this, agent, is_clone_suspected] {
        const Event event{.recorded_at = clock_.wall(),
                          .happened_at = clock_.wall(),
                          .severity = is_clone_suspected ? Severity::error : Severity::warning,
                          .agent = agent,
                          .kind = is_clone_suspected ? "clone" : "superseded",
                          .message = is_clone_suspected
                                         ? "two machines use the key of this host: enrol one of them anew"
                                         : "a newer session of this host cut the older one"};
        record("session of " + agent.value, event);
        if (is_clone_suspected) {
            note_clone(agent);
        }
    });
}

void Watch::progressed(const AgentId& agent, const protocol::JobProgress& progress) {
    loop_.post([this, agent, progress] {
        const std::pair place(progress.run_id, agent);
        if (progress_.size() >= progress_kept_max && !progress_.contains(place)) {
            progress_.erase(progress_.begin());  // run ids begin with when they were made
        }
        progress_.insert_or_assign(place, progress);
    });
}

void Watch::enrolled(const AgentId& agent) {
    loop_.post([this, agent] {
        log::info("host={} enrolled", agent.value);
        fleet_.enrol(agent);
    });
}

void Watch::key_event(const AgentId& agent, const KeyEvent& told) {
    loop_.post([this, agent, told] {
        const Event event{.recorded_at = clock_.wall(),
                          .happened_at = clock_.wall(),
                          .severity = told.severity,
                          .agent = agent,
                          .kind = told.kind,
                          .message = told.message};
        record(fmt::format("{} of {}", told.kind, agent.value), event);
    });
}

void Watch::record(const std::string& name, const Event& event) {
    submit_until_stored(name, [this, event](StoreBatch& batch) -> Result<size_t> {
        VIGIE_CHECK(records_.ingest().record(event, batch));
        return size_t{0};
    });
}

void Watch::key_revoked(const AgentId& agent) {
    log::info("host={} its key is revoked", agent.value);
    fleet_.revoke(agent);
    tell_gone(agent);
}

void Watch::host_removed(const AgentId& agent) {
    log::info("host={} is removed", agent.value);
    static_cast<void>(fleet_.leave(agent));
    tell_gone(agent);
}

void Watch::tell_gone(const AgentId& agent) {
    cloned_.erase(agent);
    starts_told_.erase(agent);
    if (const auto* host = fleet_.find(agent)) {
        submit_until_stored("liveness of " + agent.value,
                            [this, gone = *host, wall = clock_.wall()](StoreBatch& batch) {
                                return records_.on_host_gone(gone, wall, batch);
                            });
    }
}

// Once more, in case an older controller died before it was stored.
void Watch::tell_those_gone_before() {
    std::vector<Host> gone;
    for (const auto* host : fleet_.hosts()) {
        if (host->state == HostState::left || host->is_key_revoked) {
            gone.push_back(*host);
        }
    }
    if (gone.empty()) {
        return;
    }
    submit_until_stored("hosts that are gone",
                        [this, gone = std::move(gone), wall = clock_.wall()](StoreBatch& batch) -> Result<size_t> {
                            size_t pages = 0;
                            for (const auto& host : gone) {
                                VIGIE_TRY(const auto made, records_.on_host_gone(host, wall, batch));
                                pages += made;
                            }
                            return pages;
                        });
}

void Watch::on_transition(const HostTransition& transition) {
    log::info("host={} is {} (was {})", transition.agent.value, name_of(transition.to), name_of(transition.from));
    const auto* host = fleet_.find(transition.agent);
    if (host != nullptr && transition.to == HostState::silent) {
        tell_silent(*host);
    } else if (host != nullptr && transition.to == HostState::up) {
        tell_back(*host);
    }
}

void Watch::tell_silent(const Host& host) {
    submit_until_stored("liveness of " + host.id.value, [this, host, wall = clock_.wall()](StoreBatch& batch) {
        return records_.on_host_silent(host, wall, batch);
    });
}

void Watch::tell_back(const Host& host) {
    submit_until_stored("liveness of " + host.id.value, [this, host, wall = clock_.wall()](StoreBatch& batch) {
        return records_.on_host_back(host, wall, batch);
    });
}

void Watch::tick() {
    const auto mono = clock_.mono();
    if (mono - std::exchange(ticked_at_, mono) > standstill_min) {
        log::warning("the controller stood still; its hosts get a heartbeat timeout again to show themselves");
        fleet_.begin_anew(mono);
    }
    for (const auto& transition : fleet_.tick(mono)) {
        on_transition(transition);
    }
    forget_old_clones(mono);
    for (const auto& [name, owed] : owed_) {
        if (!owed.is_under_way) {
            submit_owed(name);
        }
    }
    // While the disk stalls, ticks would pile up behind it.
    if (is_ticking_.exchange(true)) {
        return;
    }
    submit([this](StoreBatch& batch) { return records_.escalate(batch); });
    submit(
        [this, rows = fleet_.take_unsaved(mono), hosts = enrolled_hosts(),
         up = hosts_up(fleet_)](StoreBatch& batch) -> Result<size_t> {
            for (const auto& [key, row] : rows) {
                batch.put(Family::hosts, key, row);
            }
            VIGIE_CHECK(records_.tick(hosts, up, batch));
            return size_t{0};
        },
        [this](bool) { is_ticking_ = false; });
}

void Watch::retire() {
    submit([this](StoreBatch& batch) -> Result<size_t> {
        VIGIE_CHECK(records_.retire(batch));
        return size_t{0};
    });
}

void Watch::submit_until_stored(const std::string& name, Change change) {
    owed_.insert_or_assign(name, Owed{std::move(change), ++changes_owed_, false});
    submit_owed(name);
}

void Watch::submit_owed(const std::string& name) {
    auto& owed = owed_.at(name);
    owed.is_under_way = true;
    submit(owed.change, [this, name, number = owed.number](bool is_stored) {
        loop_.post([this, name, number, is_stored] { on_owed_ended(name, number, is_stored); });
    });
}

void Watch::on_owed_ended(const std::string& name, uint64_t number, bool is_stored) {
    const auto owed = owed_.find(name);
    if (owed == owed_.end() || owed->second.number != number) {
        return;  // a newer one has its place
    }
    if (is_stored) {
        owed_.erase(owed);
    } else {
        owed->second.is_under_way = false;
    }
}

void Watch::submit(Change change, std::function<void(bool is_stored)> then) {
    const auto pages = std::make_shared<std::optional<size_t>>();
    commits_.submit(
        [this, change = std::move(change), pages](StoreBatch& batch) {
            if (const auto changed = change(batch)) {
                *pages = *changed;
            } else {
                tell_failure(changed.error());
            }
        },
        [this, pages, then = std::move(then)](const Result<void>& stored) {
            records_.on_committed(stored, after_.job_sender());
            if (stored && pages->value_or(0) > 0) {
                after_.wake_notifier();
            }
            if (then) {
                then(stored.has_value() && pages->has_value());
            }
        });
}

// The same failure comes again each second until its cause is gone: it is told once.
void Watch::tell_failure(const Error& error) {
    if (std::exchange(last_failure_, error.message) != error.message) {
        log::error("{}", error.message);
    }
}

}  // namespace vigie::controller
