// What the daemon and its link do.
#include "tests/simulation/agent_process.hpp"

#include "tests/simulation/fleet_settings.hpp"

namespace vigie::simulation {

using namespace agent;
using protocol::Stream;

namespace {

constexpr std::array streams{Stream::results, Stream::metrics, Stream::logs};
constexpr size_t children_max = 2;

}  // namespace

Result<void> AgentProcess::open() {
    AgentStateOptions options;
    options.outbox = outbox_limits(machine_.world.faults);
    options.sqlite_vfs = machine_.disk.vfs();
    VIGIE_TRY(state_, AgentState::open(machine_.state_file, options, machine_.world.random, machine_.clock,
                                       [this](const protocol::RunReport& report) {
                                           const auto bytes = protocol::encode_entry(protocol::Entry{report});
                                           expect_entry(Stream::results, bytes);
                                           return bytes;
                                       }));
    std::vector<protocol::StreamState> states;
    for (const auto stream : streams) {
        states.push_back(state_->outbox().state(stream));
        machine_.witness.opened(key_of(stream), states.back().next_seq);
    }
    begin_step();
    protocol::Hello identity;
    identity.agent_version = "0.1.0";
    identity.boot_id = machine_.name;
    identity.jobs = host_jobs().names();
    session_ = std::make_unique<protocol::AgentSession>(identity, states, agent_session_settings());
    session_->set_generations(state_->outbox().generations());
    JobRunnerOptions jobs;
    jobs.children_max = children_max;
    jobs.report_retry = 2s;
    runner_ = std::make_unique<JobRunner>(
        children_, state_->runs(), machine_.clock, host_jobs(), jobs,
        JobRunner::Callbacks{
            .on_progress = {},
            .on_report =
                [this] {
                    note_entry(Stream::results, true);
                    run(session_->on_stream_changed(state_->outbox().state(Stream::results), now()));
                },
        });
    VIGIE_CHECK(runner_->recover());
    run(session_->start(now()));
    return {};
}

protocol::Moment AgentProcess::now() {
    return {machine_.clock.mono(), machine_.clock.wall(), machine_.world.random.next()};
}

StreamKey AgentProcess::key_of(Stream stream) const {
    return {machine_.name, stream, state_->outbox().state(stream).incarnation};
}

void AgentProcess::tick() {
    run(session_->on_tick(now()));
}

void AgentProcess::append_sample() {
    auto& world = machine_.world;
    protocol::SampleBatch sample{.sampled_at_unix_ms = unix_ms(machine_.clock.wall()), .schema = {}, .values = {}};
    const auto add = [&](const char* series, double value) {
        if (world.below(10) != 0) {  // else the series is missing
            sample.schema += fmt::format("{}\n", series);
            sample.values.push_back(value);
        }
    };
    add(R"(load)", static_cast<double>(world.below(8)));
    add(R"(swap)", world.below(3) == 0 ? 1 : 0);
    add(R"(temp{disk="a"})", 60 + static_cast<double>(world.below(30)));
    add(R"(temp{disk="b"})", 60 + static_cast<double>(world.below(30)));
    append(Stream::metrics, sample, Durability::relaxed);
}

void AgentProcess::append_event() {
    auto& world = machine_.world;
    append(
        Stream::logs,
        protocol::HostEvent{.at_unix_ms = unix_ms(machine_.clock.wall()),
                            .source = "simulation",
                            .message = fmt::format("{:x}{}", world.random.next(), std::string(world.below(300), '.'))},
        Durability::synced);
}

void AgentProcess::append(Stream stream, const protocol::Entry& entry, Durability durability) {
    const auto bytes = protocol::encode_entry(entry);
    expect_entry(stream, bytes);
    const auto appended = state_->outbox().append(stream, bytes, durability);
    if (appended) {
        note_entry(stream, durability == Durability::synced);
    } else if (!machine_.life.is_dead() && appended.error().code != ErrorCode::too_large) {
        machine_.world.found(fmt::format("{}: {}", machine_.name, appended.error().message));
    }
    run(session_->on_stream_changed(state_->outbox().state(stream), now()));
}

// Before the outbox is asked: should the process die within, the entry may be found there or not.
void AgentProcess::expect_entry(Stream stream, const std::string& bytes) {
    added_ += bytes.size() + entry_overhead.count;
    added_bytes_ = bytes;
    machine_.witness.tried(key_of(stream), state_->outbox().state(stream).next_seq, bytes);
}

void AgentProcess::note_entry(Stream stream, bool is_synced) {
    machine_.witness.numbered(key_of(stream), state_->outbox().state(stream).next_seq - 1, added_bytes_, is_synced);
}

void AgentProcess::receive(uint64_t connection, const protocol::Frames& frames) {
    if (connection != connection_) {
        return;
    }
    const auto message = protocol::decode_frames(frames.header, frames.body);
    if (!message) {
        return machine_.world.found("the controller sent what no agent can read: " + message.error().message);
    }
    run(session_->on_message(*message, now()));
}

void AgentProcess::lost(uint64_t connection) {
    if (connection == connection_ && connection != 0) {
        connection_ = 0;
        run(session_->on_disconnected(now(), "disconnected"));
    }
}

// Carrying out one action may bring more: they wait for their turn.
void AgentProcess::run(protocol::AgentActions actions) {
    std::move(actions.begin(), actions.end(), std::back_inserter(actions_));
    if (std::exchange(is_running_, true)) {
        return;
    }
    while (!actions_.empty()) {
        const auto action = std::move(actions_.front());
        actions_.pop_front();
        std::visit([this](const auto& one) { carry_out(one); }, action);
    }
    is_running_ = false;
}

bool AgentProcess::send(const protocol::Frames& frames) {
    if (connection_ == 0 || !machine_.life.act()) {
        return false;
    }
    machine_.world.note(frames.header);
    machine_.network.send(Way::to_controller, connection_, frames);
    return true;
}

void AgentProcess::carry_out(const protocol::SendMessage& action) {
    if (const auto* gap = std::get_if<protocol::Gap>(&action.message.body); gap != nullptr && connection_ != 0) {
        const auto& header = action.message.header;
        machine_.witness.told_gap({machine_.name, header.stream, header.incarnation}, header.seq, gap->last_missing_seq,
                                  state_->outbox().state(header.stream).oldest_seq);
    }
    send(protocol::encode_frames(action.message));
}

void AgentProcess::carry_out(const protocol::SendEntries& action) {
    const auto stream = action.header.stream;
    std::vector<OutboxRow> rows;
    if (connection_ != 0) {
        auto read = state_->outbox().read_from(stream, action.from_seq, action.bytes_max);
        if (read) {
            rows = std::move(*read);
        }
    }
    if (!rows.empty() && rows.front().seq != action.from_seq) {
        run(session_->on_stream_changed(state_->outbox().state(stream), now()));
        rows.clear();
    }
    const auto sizes = send_rows(action, rows);
    run(session_->on_entries_sent(stream, action.from_seq, sizes, now()));
}

std::vector<uint32_t> AgentProcess::send_rows(const protocol::SendEntries& action, const std::vector<OutboxRow>& rows) {
    std::vector<uint32_t> sizes;
    uint64_t bytes = 0;
    const bool is_full = machine_.world.has_fault(machine_.world.faults.full_socket);
    for (const auto& row : rows) {
        bytes += row.bytes.size();
        if (bytes > action.bytes_max || sizes.size() >= action.entries_max ||
            (is_full && machine_.world.below(2) == 0)) {
            break;
        }
        auto header = action.header;
        header.seq = row.seq;
        if (!send(protocol::encode_stored_entry(header, row.bytes))) {
            break;
        }
        machine_.witness.sent({machine_.name, header.stream, header.incarnation}, row.seq, row.bytes);
        sizes.push_back(static_cast<uint32_t>(row.bytes.size()));
    }
    return sizes;
}

void AgentProcess::carry_out(const protocol::MarkAcked& action) {
    machine_.witness.marked_acked({machine_.name, action.stream, action.incarnation}, action.seq);
    const auto marked = state_->outbox().acked(action.stream, action.incarnation, action.seq);
    if (!marked && !machine_.life.is_dead()) {
        machine_.world.found(fmt::format("{}: {}", machine_.name, marked.error().message));
    }
    run(session_->on_stream_changed(state_->outbox().state(action.stream), now()));
}

void AgentProcess::carry_out(const protocol::RenewIncarnation& action) {
    if (!machine_.witness.was_set_back(machine_.name)) {
        machine_.world.found(fmt::format("{}: stream {} is to be renewed, but the host was not set back", machine_.name,
                                         static_cast<int>(action.stream)));
    }
    auto& outbox = state_->outbox();
    machine_.witness.renewing(key_of(action.stream), outbox.acked_seq(action.stream));
    const auto renewed = outbox.renew(action.stream);
    if (renewed) {
        machine_.witness.opened(key_of(action.stream), outbox.state(action.stream).next_seq);
        session_->set_generations(outbox.generations());
    } else if (!machine_.life.is_dead()) {
        machine_.world.found(fmt::format("{}: {}", machine_.name, renewed.error().message));
    }
    run(session_->on_stream_changed(outbox.state(action.stream), now()));
}

void AgentProcess::carry_out(const protocol::Reopen& action) {
    if (connection_ != 0) {
        machine_.network.close(std::exchange(connection_, 0));
    }
    if (action.delay > 30s) {
        machine_.world.found(fmt::format("{}: reopens only after {} ms", machine_.name, action.delay.count()));
    }
    machine_.later(action.delay, [this, opening = ++openings_] {
        if (opening == openings_) {
            connect();
        }
    });
}

void AgentProcess::connect() {
    connection_ = machine_.network.connect(machine_.number);
    const bool is_reached = connection_ != 0;
    run(session_->on_connected(now()));
    if (!is_reached) {  // as Link::lose: the pauses grow
        run(session_->on_disconnected(now(), "no answer to the connection attempt"));
    }
}

void AgentProcess::begin_step() {
    added_ = 0;
    used_before_ = state_->outbox().used().count;
}

bool AgentProcess::has_made_room() const {
    return used_before_ + added_ > outbox_limits(machine_.world.faults).entries_max.count;
}

void AgentProcess::check_step() {
    const auto& outbox = state_->outbox();
    const auto limits = outbox_limits(machine_.world.faults);
    const bool had_no_room = has_made_room() || std::exchange(machine_.has_died_making_room, false);
    for (const auto stream : streams) {
        const auto state = outbox.state(stream);
        machine_.witness.holds(key_of(stream), state.oldest_seq, had_no_room);
        if (session_->bytes_under_way(stream) > controller_session_settings().window_bytes_max) {
            machine_.world.found(
                fmt::format("{}: {} bytes are under way", to_text(key_of(stream)), session_->bytes_under_way(stream)));
        }
    }
    if (outbox.used() > limits.entries_max || machine_.disk.bytes() > 4'000'000) {
        machine_.world.found(fmt::format("{}: the outbox holds {} in {} bytes of files", machine_.name,
                                         outbox.used().count, machine_.disk.bytes()));
    }
    if (runner_->running() > children_max || runner_->waiting() > host_jobs_max) {
        machine_.world.found(
            fmt::format("{}: {} children and {} waiting", machine_.name, runner_->running(), runner_->waiting()));
    }
}

std::string AgentProcess::unsettled() const {
    if (session_->state() != protocol::AgentSession::State::established) {
        return machine_.name + " has no session";
    }
    if (runner_->running() + runner_->waiting() > 0) {
        return machine_.name + " runs a job";
    }
    for (const auto stream : streams) {
        const auto state = state_->outbox().state(stream);
        if (state_->outbox().acked_seq(stream) + 1 < state.next_seq) {
            return fmt::format("{}: acked {} of {}", to_text(key_of(stream)), state_->outbox().acked_seq(stream),
                               state.next_seq - 1);
        }
    }
    return "";
}

}  // namespace vigie::simulation
