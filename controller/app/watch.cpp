// Posts from the link's thread, ticks of the loop, submissions to the committer.
#include "controller/app/watch.hpp"

#include "shared/log/log.hpp"

namespace vigie::controller {
namespace {
constexpr milliseconds tick_period{1s};
constexpr milliseconds retire_period{1min};
// Progress is only for whoever looks now; a run that ended without a last word must not stay for ever.
constexpr size_t progress_kept_max = 1'000;
}  // namespace

Watch::Watch(Loop& loop, Fleet fleet, Records& records, CommitQueue& commits, AfterCommit& after, const Clock& clock)
    : loop_(loop),
      fleet_(std::move(fleet)),
      records_(records),
      commits_(commits),
      after_(after),
      clock_(clock),
      tick_timer_(loop, [this] { tick(); }),
      retire_timer_(loop, [this] { retire(); }) {}

void Watch::start() {
    for (const auto* host : fleet_.hosts()) {
        if (host->state == HostState::silent) {
            tell_silent(*host);  // a crash may have come between the host's row and its alert
        }
    }
    submit("rules", [this](StoreBatch& batch) -> Result<size_t> {
        VIGIE_TRY(const auto applied,
                  records_.alerts().close_removed_rules(records_.rules(), records_.now().wall, batch));
        return applied.pages;
    });
    tick_timer_.start_every(tick_period);
    retire_timer_.start_every(retire_period);
}

std::vector<FleetHost> Watch::enrolled_hosts() const {
    std::vector<FleetHost> hosts;
    for (const auto* host : fleet_.hosts()) {
        if (host->state != HostState::left) {
            hosts.push_back({host->id, host->labels});
        }
    }
    return hosts;
}

std::optional<protocol::JobProgress> Watch::progress_of(const std::string& run_id) const {
    const auto found = progress_.find(run_id);
    return found == progress_.end() ? std::nullopt : std::optional(found->second);
}

void Watch::heard(const AgentId& agent, MonoTime at) {
    loop_.post([this, agent, at] {
        if (const auto transition = fleet_.heard(agent, at, clock_.wall())) {
            on_transition(*transition);
        }
    });
}

void Watch::connected(const AgentId& agent, const HelloFacts& facts) {
    loop_.post([this, agent, facts] { on_connected(agent, facts); });
}

void Watch::on_connected(const AgentId& agent, const HelloFacts& facts) {
    protocol::Hello hello;
    hello.agent_version = facts.agent_version;
    hello.boot_id = facts.boot_id;
    hello.labels = facts.labels;
    hello.jobs = facts.jobs;
    const auto wall = clock_.wall();
    hello.sent_at_unix_ms = unix_ms(wall + facts.clock_skew);
    if (const auto transition = fleet_.hello(agent, hello, clock_.mono(), wall)) {
        on_transition(*transition);
    }
    submit("runs", [this, agent, incarnation = facts.results_incarnation](StoreBatch& batch) -> Result<size_t> {
        VIGIE_CHECK(records_.on_session(agent, incarnation, batch));
        return size_t{0};
    });
}

void Watch::disconnected(const AgentId& agent, const std::string&) {
    loop_.post([this, agent] {
        fleet_.disconnected(agent);
        submit("runs", [this, agent](StoreBatch&) -> Result<size_t> {
            records_.jobs().on_disconnected(agent);
            return size_t{0};
        });
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
        submit("events", [this, event](StoreBatch& batch) -> Result<size_t> {
            VIGIE_CHECK(records_.ingest().record(event, batch));
            return size_t{0};
        });
    });
}

void Watch::progressed(const AgentId&, const protocol::JobProgress& progress) {
    loop_.post([this, progress] {
        if (progress_.size() >= progress_kept_max && !progress_.contains(progress.run_id)) {
            progress_.erase(progress_.begin());  // run ids begin with when they were made
        }
        progress_.insert_or_assign(progress.run_id, progress);
    });
}

void Watch::enrolled(const AgentId& agent) {
    loop_.post([this, agent] {
        log::info("host={} enrolled", agent.value);
        fleet_.enrol(agent);
    });
}

void Watch::on_transition(const HostTransition& transition) {
    log::info("host={} is {} (was {})", transition.agent.value, name_of(transition.to), name_of(transition.from));
    if (const auto* host = fleet_.find(transition.agent); transition.to == HostState::silent && host != nullptr) {
        tell_silent(*host);
    } else if (transition.to == HostState::up) {
        submit("alerts", [this, agent = transition.agent, wall = clock_.wall()](StoreBatch& batch) -> Result<size_t> {
            VIGIE_TRY(const auto applied, records_.alerts().host_back(agent, wall, batch));
            return applied.pages;
        });
    }
}

void Watch::tell_silent(const Host& host) {
    const auto wall = clock_.wall();
    submit(
        "alerts",
        [this, agent = host.id, since = host.last_heard_at.value_or(wall), wall](StoreBatch& batch) -> Result<size_t> {
            VIGIE_TRY(const auto applied, records_.alerts().host_silent(agent, since, wall, batch));
            return applied.pages;
        });
}

void Watch::tick() {
    const auto mono = clock_.mono();
    for (const auto& transition : fleet_.tick(mono)) {
        on_transition(transition);
    }
    submit("fleet", [rows = fleet_.take_unsaved(mono)](StoreBatch& batch) -> Result<size_t> {
        for (const auto& [key, row] : rows) {
            batch.put(Family::hosts, key, row);
        }
        return size_t{0};
    });
    submit("schedule", [this, hosts = enrolled_hosts()](StoreBatch& batch) -> Result<size_t> {
        VIGIE_CHECK(records_.jobs().tick(records_.now(), hosts, batch));
        return size_t{0};
    });
}

void Watch::retire() {
    submit("retention", [this](StoreBatch& batch) -> Result<size_t> {
        VIGIE_CHECK(records_.retire(batch));
        return size_t{0};
    });
}

void Watch::submit(std::string what, std::function<Result<size_t>(StoreBatch&)> change) {
    const auto pages = std::make_shared<size_t>(0);
    commits_.submit(
        [what = std::move(what), change = std::move(change), pages](StoreBatch& batch) {
            const auto changed = change(batch);
            if (!changed) {
                log::error("{}: {}", what, changed.error().message);
            }
            *pages = changed.value_or(0);
        },
        [this, pages](const Result<void>& stored) {
            records_.on_committed(stored, after_.job_sender());
            if (!stored) {
                log::error("the store takes no changes: {}", stored.error().message);
            } else if (*pages > 0) {
                after_.wake_notifier();
            }
        });
}

}  // namespace vigie::controller
