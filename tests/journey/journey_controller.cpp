// What controller/app's daemon and watch, and controller/link's thread do, on one thread and over the wire of the test.
#include "controller/rules/rule_file.hpp"
#include "tests/journey/journey.hpp"

namespace vigie::journey {
namespace {
using namespace controller;

constexpr auto rule_file = R"(
groups:
- name: memory
  rules:
  - alert: LowMemory
    expr: node_memory_MemAvailable_bytes < 1e9
    for: 1m
  - alert: LowForAWhile
    expr: avg_over_time(node_memory_MemAvailable_bytes[1m]) < 5e8
)";

RecordsOptions options() {
    RecordsOptions options;
    options.rules = rules::RuleSet(must(rules::parse_rule_file(rule_file, "journey.yml")));
    options.receivers = {"on-call"};
    return options;
}

notify::NotifierOptions receivers() {
    notify::Receiver on_call;
    on_call.name = "on-call";
    on_call.url = "http://127.0.0.1:1/";  // never reached: the channel is a script
    return {.receivers = {on_call}, .external_url = ""};
}
}  // namespace

Controller::Controller(MemoryStore& store, notify::Channel& channel, Outside& outside)
    : outside_(outside),
      store_(store),
      commits_(store),
      records_(must(Records::open(store, outside.clock, outside.random, options()))),
      rule_groups_(records_->rules(), store, outside.clock, {.floor = 1s, .start_grace = 0s}),
      path_(*records_, commits_, *this),
      cursors_(store),
      hub_({}, *this, cursors_, *this, *this),
      fleet_(must(Fleet::load(store, protocol::ControllerSessionSettings{}.heartbeat_interval, outside.clock.mono()))),
      notifier_(
          std::make_unique<notify::Notifier>(store, commits_, outside.clock, outside.random, channel, receivers())) {
    BOOST_REQUIRE(rule_groups_.load().has_value());
    records_->on_own_series_changed([this](WallTime at) { rule_groups_.own_series_changed(at); });
}

// The notifier ends only when nothing that it submitted is open.
Controller::~Controller() {
    commits_.run_pending();
}

bool Controller::take_frames() {
    bool took_any = false;
    for (auto& frames = outside_.wire.to_controller; !frames.empty(); frames.pop_front(), took_any = true) {
        const auto id = outside_.wire.connection;
        hub_.on_received({.routing_id = std::to_string(id),
                          .user_id = host.value,
                          .key = {},
                          .peer_address = "192.0.2.1",
                          .connection = {.fd = static_cast<int>(id), .peer_port = 1},
                          .frames = {frames.front().header, frames.front().body}},
                         outside_.now());
    }
    hub_.finish_round(outside_.now());
    return took_any;
}

size_t Controller::commit() {
    const auto commits = commits_.run_pending();
    hub_.finish_round(outside_.now());
    return commits;
}

void Controller::tick() {
    const auto mono = outside_.clock.mono();
    for (const auto& transition : fleet_.tick(mono)) {
        note(transition);
    }
    for (const auto& [key, row] : fleet_.take_unsaved(mono)) {
        submit([key, row](StoreBatch& batch) {
            batch.put(Family::hosts, key, row);
            return alerts::Applied{};
        });
    }
    hub_.on_tick(outside_.now());
    evaluate_rules();
}

void Controller::evaluate_rules() {
    while (const auto due = rule_groups_.take_due()) {
        submit_outcome(std::make_shared<const rules::GroupOutcome>(rule_groups_.evaluate(*due)), rule_groups_,
                       *records_, commits_, *this);
    }
}

bool Controller::offer(const AgentId& agent, protocol::Stream stream, uint64_t incarnation, uint64_t seq,
                       const std::string& entry_bytes) {
    arrived.push_back({agent, stream, incarnation, seq, entry_bytes});
    return path_.offer(agent, stream, incarnation, seq, entry_bytes);
}

bool Controller::offer_gap(const AgentId& agent, protocol::Stream stream, uint64_t incarnation, uint64_t first_seq,
                           uint64_t last_seq, protocol::GapReason reason) {
    return path_.offer_gap(agent, stream, incarnation, first_seq, last_seq, reason);
}

bool Controller::offer_generations(const AgentId& agent, const std::vector<protocol::Generation>& generations) {
    return path_.offer_generations(agent, generations);
}

void Controller::durable(const AgentId& agent, protocol::Stream stream, uint64_t incarnation, uint64_t seq) {
    hub_.on_durable(agent, stream, incarnation, seq);
}

void Controller::apply_failed(const AgentId& agent, protocol::Stream stream, uint64_t incarnation) {
    hub_.on_apply_failed(agent, stream, incarnation, outside_.now());
}

void Controller::heard(const AgentId& agent, MonoTime at) {
    note(fleet_.heard(agent, at, outside_.clock.wall()));
}

void Controller::connected(const AgentId& agent, const HelloFacts& facts) {
    protocol::Hello hello;
    hello.agent_version = facts.agent_version;
    hello.boot_id = facts.boot_id;
    hello.sent_at_unix_ms = unix_ms(outside_.clock.wall());
    note(fleet_.hello(agent, hello, outside_.clock.mono(), outside_.clock.wall()));
}

protocol::Sent Controller::send(const protocol::ConnectionId& connection, const protocol::Frames& frames) {
    if (outside_.wire.connection == 0 || connection != std::to_string(outside_.wire.connection)) {
        return protocol::Sent::gone;
    }
    outside_.wire.to_agent.push_back(frames);
    return protocol::Sent::taken;
}

void Controller::cut(const protocol::Connection& connection) {
    if (static_cast<int>(outside_.wire.connection) == connection.fd) {
        outside_.wire.lose();
    }
}

void Controller::note(const std::optional<HostTransition>& transition) {
    if (!transition) {
        return;
    }
    const auto now = outside_.clock.wall();
    if (transition->to == HostState::silent) {
        const auto since = fleet_.find(transition->agent)->last_heard_at.value_or(now);
        submit(
            [this, since, now](StoreBatch& batch) { return records_->alerts().host_silent(host, since, now, batch); });
    } else if (transition->to == HostState::up) {
        submit([this, now](StoreBatch& batch) { return records_->alerts().host_back(host, now, batch); });
    }
}

void Controller::submit(std::function<Result<alerts::Applied>(StoreBatch&)> change) {
    commits_.submit([change = std::move(change)](StoreBatch& batch) { BOOST_TEST(change(batch).has_value()); },
                    [this](const Result<void>& stored) {
                        records_->on_committed(stored, *this);
                        notifier_->wake();
                    });
}

}  // namespace vigie::journey
