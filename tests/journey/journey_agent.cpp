// What agent/app's daemon and agent/link do, over the wire of the test.
#include "protocol/codec/codec.hpp"
#include "tests/journey/journey.hpp"

namespace vigie::journey {
namespace {
using protocol::Stream;

std::string encode_report(const protocol::RunReport& report) {
    return protocol::encode_entry(protocol::Entry{report});
}

// Only meminfo: the fixture has no other file of the kernel.
std::unique_ptr<agent::CollectorSet> open_collectors(const std::string& folder, Clock& clock) {
    static agent::SystemFileSystemReader file_systems;
    static agent::MountProber mounts(file_systems);
    agent::CollectOptions options;
    options.roots = {.procfs = folder + "/proc", .sysfs = folder + "/sys", .rootfs = folder};
    options.disabled = must(agent::CollectorSet::open(options, clock, mounts))->names();
    std::erase(options.disabled, "meminfo");
    return must(agent::CollectorSet::open(options, clock, mounts));
}
}  // namespace

Agent::Agent(const std::string& folder, Outside& outside)
    : outside_(outside),
      state_(must(agent::AgentState::open(folder + "/outbox.db", {}, outside.random, outside.clock, encode_report))),
      collectors_(open_collectors(folder, outside.clock)) {
    protocol::Hello identity;
    identity.agent_version = "0.1.0";
    identity.boot_id = "journey";
    const std::vector streams{outbox().state(Stream::results), outbox().state(Stream::metrics),
                              outbox().state(Stream::logs)};
    session_ = std::make_unique<protocol::AgentSession>(identity, streams);
    session_->set_generations(outbox().generations());
    run(session_->start(outside_.now()));
}

uint64_t Agent::read() {
    return must(agent::send_one_reading(
        [this] { return collectors_->collect(outside_.clock.wall()); }, outbox(),
        [this](Stream stream) { run(session_->on_stream_changed(outbox().state(stream), outside_.now())); }));
}

bool Agent::take_frames() {
    bool took_any = false;
    for (; connection_ != 0 && connection_ == outside_.wire.connection && !outside_.wire.to_agent.empty();
         took_any = true) {
        const auto frames = std::move(outside_.wire.to_agent.front());
        outside_.wire.to_agent.pop_front();
        run(session_->on_message(must(protocol::decode_frames(frames.header, frames.body)), outside_.now()));
    }
    return took_any;
}

void Agent::tick() {
    if (connection_ != 0 && connection_ != outside_.wire.connection) {
        connection_ = 0;
        run(session_->on_disconnected(outside_.now(), "disconnected"));
    }
    if (reopens_at_ && outside_.clock.mono() >= *reopens_at_ && outside_.wire.is_up) {
        reopens_at_.reset();
        outside_.wire.open();
        connection_ = outside_.wire.connection;
        run(session_->on_connected(outside_.now()));
    }
    run(session_->on_tick(outside_.now()));
}

// Carrying out one action may bring more: they wait for their turn.
void Agent::run(protocol::AgentActions actions) {
    actions_.insert(actions_.end(), actions.begin(), actions.end());
    if (std::exchange(is_running_, true)) {
        return;
    }
    for (; !actions_.empty();) {
        const auto action = std::move(actions_.front());
        actions_.pop_front();
        std::visit([this](const auto& one) { carry_out(one); }, action);
    }
    is_running_ = false;
}

void Agent::carry_out(const protocol::SendMessage& action) {
    if (connection_ != 0 && connection_ == outside_.wire.connection) {
        outside_.wire.to_controller.push_back(protocol::encode_frames(action.message));
    }
}

void Agent::carry_out(const protocol::SendEntries& action) {
    std::vector<uint32_t> sizes;
    const bool is_connected = connection_ != 0 && connection_ == outside_.wire.connection;
    for (auto& row : must(outbox().read_from(action.header.stream, action.from_seq, action.bytes_max))) {
        if (!is_connected || sizes.size() >= action.entries_max) {
            break;
        }
        sizes.push_back(static_cast<uint32_t>(row.bytes.size()));
        auto header = action.header;
        header.seq = row.seq;
        const auto frames = protocol::encode_stored_entry(header, std::move(row.bytes));
        outside_.wire.to_controller.insert(outside_.wire.to_controller.end(), outside_.wire.repeats_batches ? 2 : 1,
                                           frames);
    }
    run(session_->on_entries_sent(action.header.stream, action.from_seq, sizes, outside_.now()));
}

void Agent::carry_out(const protocol::MarkAcked& action) {
    BOOST_REQUIRE(outbox().acked(action.stream, action.incarnation, action.seq).has_value());
}

void Agent::carry_out(const protocol::RenewIncarnation& action) {
    BOOST_REQUIRE(outbox().renew(action.stream).has_value());
    session_->set_generations(outbox().generations());
    run(session_->on_stream_changed(outbox().state(action.stream), outside_.now()));
}

void Agent::carry_out(const protocol::Reopen& action) {
    if (connection_ != 0 && connection_ == outside_.wire.connection) {
        outside_.wire.lose();
    }
    connection_ = 0;
    reopens_at_ = outside_.clock.mono() + action.delay;
}

}  // namespace vigie::journey
