// Actions queue up and are carried out one after another, as in agent/link.
#include "tests/bench/link/load_agent.hpp"

#include <cmath>

#include "protocol/codec/codec.hpp"

namespace vigie::load {
namespace {
// As in agent/link: libzmq's connection and handshake attempts end by themselves after 10 s each.
constexpr milliseconds handshake_limit = 30s;
constexpr milliseconds refused_retry = 60s;

protocol::Hello identity_of() {
    protocol::Hello hello;
    hello.agent_version = VIGIE_VERSION;
    hello.boot_id = "6a0b1c52-0000-4000-8000-000000000000";
    hello.labels = {{"env", "load"}, {"site", "bench"}};
    hello.jobs = {"backup-files", "rotate-logs"};
    return hello;
}

std::vector<protocol::StreamState> states_of(const Outbox& outbox) {
    return {{.stream = protocol::Stream::results, .incarnation = outbox.incarnation()},
            outbox.state(),
            {.stream = protocol::Stream::logs, .incarnation = outbox.incarnation()}};
}
}  // namespace

const Outbox::Entry* Outbox::find(uint64_t seq) const {
    return seq < first_seq_ || seq >= next_seq() ? nullptr : &entries_[seq - first_seq_];
}

void Outbox::drop_until(uint64_t seq) {
    while (first_seq_ <= seq && !entries_.empty()) {
        entries_.pop_front();
        ++first_seq_;
    }
}

void Outbox::note_outage() {
    for (auto& entry : entries_) {
        entry.is_live = false;
    }
}

protocol::StreamState Outbox::state() const {
    return {.stream = protocol::Stream::metrics,
            .incarnation = incarnation_,
            .oldest_seq = first_seq_,
            .next_seq = next_seq()};
}

LoadAgent::LoadAgent(World& world, std::string name, protocol::KeyPair keys, Watch watch)
    : world_(world),
      name_(std::move(name)),
      keys_(std::move(keys)),
      watch_(std::move(watch)),
      outbox_(world.random.next()),
      session_(identity_of(), states_of(outbox_)) {}

void LoadAgent::start() {
    run(session_.start(world_.now()));
}

void LoadAgent::tick() {
    if (socket_ && !is_connected_ && world_.clock.mono() - opened_at_ > handshake_limit) {
        lose("no answer to the connection attempt");
    }
    flush();
    run(session_.on_tick(world_.now()));
    drain();
}

void LoadAgent::sample() {
    auto moment = world_.now();
    moment.wall = std::max(moment.wall, outbox_.newest_at() + 1ms);  // one time is one point in the store
    // What is made without a session, or behind a backlog, tells nothing of how long an ack takes.
    const bool is_live = is_established() && !has_backlog();
    outbox_.add({.sampled_at = moment.wall, .made_at = moment.mono, .is_live = is_live});
    outbox_.note_newest(moment.wall);
    run(session_.on_stream_changed(outbox_.state(), moment));
    drain();
}

void LoadAgent::add_backlog(size_t count) {
    const auto moment = world_.now();
    outbox_.note_outage();
    const auto from = outbox_.newest_at();
    const auto step = std::max<milliseconds>((moment.wall - from) / static_cast<int64_t>(count + 1), 1ms);
    for (size_t i = 1; i <= count; ++i) {
        const auto at = from + step * static_cast<int64_t>(i);
        outbox_.add({.sampled_at = at, .made_at = moment.mono, .is_live = false});
        outbox_.note_newest(at);
    }
    backlog_until_ = outbox_.next_seq() - 1;
    resumed_at_.reset();
    is_resuming_ = true;
    run(session_.on_stream_changed(outbox_.state(), moment));
}

void LoadAgent::open() {
    reopen_at_.reset();
    auto opened = protocol::AgentSocket::open(
        world_.context, {.endpoint = world_.endpoint, .server_key = world_.controller_key}, keys_);
    if (!opened) {
        lose(opened.error().message);
        return;
    }
    socket_ = std::move(*opened);
    opened_at_ = world_.clock.mono();
    watch_(*socket_);
    drain();
}

// libzmq's descriptors tell of changes, not of states, and a send may swallow a change: so both are read until empty,
// after every send too.
void LoadAgent::drain() {
    while (socket_) {
        const auto event = socket_->next_event();
        if (!event) {
            break;
        }
        on_event(*event);
    }
    while (socket_ && is_connected_) {
        const auto frames = socket_->receive();
        if (!frames) {
            break;
        }
        if (const auto message = protocol::decode_frames(frames->header, frames->body)) {
            run(session_.on_message(*message, world_.now()));
        }
    }
}

void LoadAgent::on_event(protocol::SocketEvent event) {
    switch (event.kind) {
        case protocol::SocketEvent::Kind::connected:
            is_connected_ = true;
            return run(session_.on_connected(world_.now()));
        case protocol::SocketEvent::Kind::refused:
            ++world_.refused;
            return lose("refused", refused_retry);
        case protocol::SocketEvent::Kind::disconnected:
            return lose("disconnected");
    }
}

void LoadAgent::lose(std::string_view why, milliseconds retry_after) {
    socket_.reset();
    is_connected_ = false;
    unsent_.clear();
    const auto moment = world_.now();
    if (session_.state() == protocol::AgentSession::State::closed) {
        run(session_.on_connected(moment));  // as in agent/link: so that the pauses grow
    }
    run(session_.on_disconnected(moment, why, retry_after));
}

void LoadAgent::run(protocol::AgentActions actions) {
    std::move(actions.begin(), actions.end(), std::back_inserter(actions_));
    if (is_running_) {
        return;
    }
    is_running_ = true;
    while (!actions_.empty()) {
        auto action = std::move(actions_.front());
        actions_.pop_front();
        std::visit([this](auto&& one) { carry_out(std::move(one)); }, std::move(action));
    }
    is_running_ = false;
}

void LoadAgent::carry_out(protocol::SendMessage&& action) {
    if (socket_) {
        unsent_.push_back(protocol::encode_frames(action.message));
        flush();
    }
}

bool LoadAgent::flush() {
    while (socket_ && !unsent_.empty()) {
        if (!socket_->send(unsent_.front().header, unsent_.front().body)) {
            return false;
        }
        unsent_.pop_front();
    }
    return socket_ != nullptr;
}

void LoadAgent::carry_out(protocol::SendEntries&& action) {
    std::vector<uint32_t> sizes;
    uint64_t bytes = 0;
    auto header = action.header;
    for (bool can_send = flush(); can_send && sizes.size() < action.entries_max; ++header.seq) {
        const auto* entry = outbox_.find(action.from_seq + sizes.size());
        if (entry == nullptr) {
            break;
        }
        header.seq = action.from_seq + sizes.size();
        auto body = entry_bytes(header.seq, *entry);
        const auto size = static_cast<uint32_t>(body.size());
        bytes += size;
        if (bytes > action.bytes_max) {
            break;
        }
        const auto frames = protocol::encode_stored_entry(header, std::move(body));
        can_send = socket_->send(frames.header, frames.body);
        if (can_send) {
            sizes.push_back(size);
        }
    }
    run(session_.on_entries_sent(action.header.stream, action.from_seq, sizes, world_.now()));
}

// A number, what alarms, then a third each of counters that grow, gauges that swing and values that stand still, as a
// host has.
std::string LoadAgent::entry_bytes(uint64_t seq, const Outbox::Entry& entry) const {
    protocol::SampleBatch batch{.sampled_at_unix_ms = unix_ms(entry.sampled_at), .schema = world_.schema, .values = {}};
    batch.values.reserve(world_.series);
    batch.values.push_back(static_cast<double>(seq));
    const auto seed = static_cast<double>(outbox_.incarnation() % 9973);
    batch.values.push_back(world_.is_alarming ? 1 : 0);
    for (size_t i = 2; i < world_.series; ++i) {
        const auto place = static_cast<double>(i);
        const auto moved = static_cast<double>(seq) * (place + seed);
        batch.values.push_back(i % 3 == 0   ? std::floor(seed * 1000 + moved)
                               : i % 3 == 1 ? std::fmod(moved * 0.37, 100.0)
                                            : seed * 1024 + place);
    }
    return protocol::encode_entry(batch);
}

void LoadAgent::carry_out(protocol::MarkAcked&& action) {
    if (action.stream == protocol::Stream::metrics) {
        note_acked(action.seq);
    }
}

void LoadAgent::note_acked(uint64_t seq) {
    const auto now = world_.clock.mono();
    for (auto each = outbox_.first_seq(); each <= seq; ++each) {
        const auto* entry = outbox_.find(each);
        if (world_.is_measuring && entry != nullptr && entry->is_live) {
            ++world_.ack_latency[static_cast<uint32_t>((now - entry->made_at) / std::chrono::microseconds{100})];
        }
    }
    outbox_.drop_until(seq);
    run(session_.on_stream_changed(outbox_.state(), world_.now()));
}

void LoadAgent::carry_out(protocol::RenewIncarnation&&) {
    ++world_.renewed;  // not done: the stream stays where it is, and shows as lost
}

void LoadAgent::carry_out(protocol::Reopen&& action) {
    socket_.reset();
    is_connected_ = false;
    unsent_.clear();
    ++world_.reopened;
    reopen_at_ = world_.clock.mono() + action.delay;
}

void LoadAgent::carry_out(protocol::SessionEstablished&& action) {
    for (const auto& cursor : action.welcome.cursors) {
        if (is_resuming_ && cursor.stream == protocol::Stream::metrics) {
            resumed_at_ = cursor.last_applied;
            is_resuming_ = false;
        }
    }
}

void LoadAgent::carry_out(protocol::SessionRefused&&) {
    ++world_.refused;
}

}  // namespace vigie::load
