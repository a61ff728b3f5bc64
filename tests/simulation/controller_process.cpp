// What the daemon, its watch and its link do, on one thread.
#include "tests/simulation/controller_process.hpp"

#include "controller/ingest/cursor_rows.hpp"
#include "shared/core/assert.hpp"
#include "tests/simulation/fleet_settings.hpp"

namespace vigie::simulation {

using namespace controller;
using protocol::Stream;

namespace {

constexpr size_t notifier_changes_max = 4;  // and for each host
constexpr size_t rule_groups_max = 2;

RecordsOptions record_options(bool has_plans) {
    RecordsOptions options;
    options.rules = rule_set();
    options.receivers = {""};                // whom the routes say
    options.schema_work_per_commit_max = 1;  // so that first reports take several commits
    if (has_plans) {
        options.plans = job_plans();
    }
    return options;
}

notify::NotifierOptions receivers() {
    notify::Receiver on_call;
    on_call.name = "on-call";
    on_call.url = "http://127.0.0.1:1/";  // never reached: the channel is the process itself
    return {.receivers = {on_call}, .external_url = ""};
}

}  // namespace

Result<void> SimulatedStore::commit(const StoreBatch& batch) {
    if (!machine_.life.act()) {
        return fail(ErrorCode::unavailable, "the process is dead");
    }
    machine_.doubtful.reset();
    if (machine_.is_disk_full) {
        machine_.doubtful.emplace(batch, machine_.clock.wall());
        return fail(ErrorCode::no_space, "disk full");
    }
    VIGIE_CHECK(machine_.disk.commit(batch));
    machine_.witness.committed(batch, machine_.clock.wall());
    machine_.life.act();  // it may die here: the commit is on the disk, and nobody hears of it
    return {};
}

ControllerProcess::ControllerProcess(ControllerMachine& machine)
    : machine_(machine),
      store_(machine),
      commits_(store_, committer_limits(machine.world.faults)),
      records_(Records::open(store_, machine.clock, machine.world.random, record_options(machine.has_plans)).value()),
      rule_groups_(records_->rules(), store_, machine.clock, {.floor = 1s, .start_grace = 2s}),
      path_(*records_, commits_, *this),
      hub_(controller_session_settings(), *this, *this, *this, *this),
      fleet_(Fleet::load(store_, controller_session_settings().heartbeat_interval, machine.clock.mono()).value()),
      notifier_(std::make_unique<notify::Notifier>(store_, commits_, machine.clock, machine.world.random, *this,
                                                   receivers())) {
    VIGIE_ASSERT(rule_groups_.load().has_value());
    records_->on_own_series_changed([this](WallTime at) { rule_groups_.own_series_changed(at); });
    for (const auto* host : fleet_.hosts()) {
        if (host->state == HostState::silent) {
            tell_silent(*host);  // a crash may have come between the host's row and its alert
        }
    }
}

// The notifier ends only when nothing that it submitted is open.
ControllerProcess::~ControllerProcess() {
    commits_.run_pending();
}

protocol::Moment ControllerProcess::now() {
    return {machine_.clock.mono(), machine_.clock.wall(), machine_.world.random.next()};
}

void ControllerProcess::receive(size_t host, uint64_t connection, const protocol::Frames& frames) {
    const auto& name = machine_.host_names.at(host);
    agent_of_[connection] = name;
    hub_.on_received({.routing_id = std::to_string(connection),
                      .user_id = name,
                      .key = {},
                      .peer_address = "192.0.2.1",
                      .connection = {.fd = static_cast<int>(connection), .peer_port = 1},
                      .frames = {frames.header, frames.body}},
                     now());
    hub_.finish_round(now());
}

void ControllerProcess::finish_step() {
    const auto& world = machine_.world;
    if (commits_.queued() > 0 && !is_commit_planned_) {
        is_commit_planned_ = true;
        const bool is_stalled = machine_.world.has_fault(world.faults.disk_stall);
        machine_.later(milliseconds(1 + machine_.world.below(is_stalled ? 3000 : 20)), [this] { commit(); });
    }
    const auto notifier_changes = notifier_changes_max * (1 + world.faults.hosts);
    if (commits_.queued() >
        committer_limits(world.faults).queue_items_max + own_queued_ + notifier_changes + rule_groups_max) {
        machine_.world.found(fmt::format("{} changes are queued, {} of them its own", commits_.queued(), own_queued_));
    }
    const bool are_many = world.faults.may_lose_outbox || world.faults.may_set_back;
    const auto incarnations = machine_.host_names.size() * protocol::streams_count * (are_many ? 4 : 1);
    if (hub_.held_entries() > incarnations * controller_session_settings().window_entries_max) {
        machine_.world.found(fmt::format("{} entries are held", hub_.held_entries()));
    }
}

void ControllerProcess::commit() {
    is_commit_planned_ = false;
    commits_.run_pending();
    hub_.finish_round(now());
}

bool ControllerProcess::offer(const AgentId& agent, Stream stream, uint64_t incarnation, uint64_t seq,
                              const std::string& entry_bytes) {
    machine_.witness.offered({agent.value, stream, incarnation}, seq, entry_bytes);
    return path_.offer(agent, stream, incarnation, seq, entry_bytes);
}

bool ControllerProcess::offer_gap(const AgentId& agent, Stream stream, uint64_t incarnation, uint64_t first_seq,
                                  uint64_t last_seq, protocol::GapReason reason) {
    return path_.offer_gap(agent, stream, incarnation, first_seq, last_seq, reason);
}

Result<std::vector<protocol::StreamCursor>> ControllerProcess::cursors_of(const AgentId& agent) {
    return durable_cursors(store_, agent);
}

void ControllerProcess::durable(const AgentId& agent, Stream stream, uint64_t incarnation, uint64_t seq) {
    to_link([this, agent, stream, incarnation, seq] { hub_.on_durable(agent, stream, incarnation, seq); });
}

void ControllerProcess::apply_failed(const AgentId& agent, Stream stream, uint64_t incarnation) {
    to_link([this, agent, stream, incarnation] { hub_.on_apply_failed(agent, stream, incarnation, now()); });
}

// Commands reach the link's thread in order, after a while.
void ControllerProcess::to_link(Task command) {
    commands_.push_back(std::move(command));
    if (commands_.size() == 1) {
        machine_.later(milliseconds(machine_.world.below(4)), [this] {
            for (auto& each : std::exchange(commands_, {})) {
                each();
            }
            hub_.finish_round(now());
        });
    }
}

protocol::Sent ControllerProcess::send(const protocol::ConnectionId& connection, const protocol::Frames& frames) {
    const auto id = std::stoull(connection);
    if (!machine_.life.act() || !machine_.network.is_connected(id)) {
        return protocol::Sent::gone;
    }
    if (machine_.world.has_fault(machine_.world.faults.full_socket / 5)) {
        return protocol::Sent::full;
    }
    machine_.witness.told(agent_of_.at(id), frames);
    machine_.network.send(Way::to_agent, id, frames);
    return protocol::Sent::taken;
}

void ControllerProcess::cut(const protocol::Connection& connection) {
    machine_.network.lose(static_cast<uint64_t>(connection.fd));
}

void ControllerProcess::start(const AgentId& agent, const protocol::JobStart& message,
                              std::optional<uint64_t> results_incarnation) {
    to_link([=, this] { hub_.start_job(agent, message, results_incarnation, now()); });
}

void ControllerProcess::cancel(const AgentId& agent, const protocol::JobCancel& message) {
    to_link([this, agent, message] { hub_.cancel_job(agent, message, now()); });
}

void ControllerProcess::start(uint64_t number, const notify::Request& request) {
    if (!machine_.life.act()) {
        return;
    }
    std::string key;
    for (const auto& header : request.headers) {
        if (constexpr std::string_view name = "Idempotency-Key: "; header.starts_with(name)) {
            key = header.substr(name.size());
        }
    }
    machine_.witness.posted(key);
    const bool has_failed = machine_.world.has_fault(machine_.world.faults.channel_failure);
    if (!has_failed || machine_.world.below(2) == 0) {
        machine_.delivered.insert(key);  // a channel may take a page and its answer be lost
    }
    machine_.later(milliseconds(1 + machine_.world.below(300)), [this, number, has_failed] {
        answers_.push_back({.number = number, .status = has_failed ? 0 : 200, .retry_after = {}, .problem = "lost"});
        notifier_->turn(milliseconds{0});
    });
}

}  // namespace vigie::simulation
