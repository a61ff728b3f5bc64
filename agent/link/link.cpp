// Actions queue up and are carried out one after another, since carrying one out can make the session want more.
#include "agent/link/link.hpp"

#include "shared/core/assert.hpp"
#include "shared/log/log.hpp"

namespace vigie::agent {
namespace {
using protocol::Stream;

// Of HELLO, ping, pong and progress at most a few wait; more means a socket that takes nothing, which silence ends.
constexpr size_t unsent_messages_max = 64;
constexpr int drained_at_once_max = 64;  // then other work of the loop gets its turn
// A connection (10 s) and a handshake (10 s) end by themselves; this catches what libzmq never tells.
constexpr milliseconds handshake_limit = 30s;

std::string_view name_of(Stream stream) {
    static constexpr std::array<std::string_view, protocol::streams_count> names{"results", "metrics", "logs"};
    return names.at(static_cast<size_t>(stream));
}

std::vector<protocol::StreamState> all_states(const Outbox& outbox) {
    return {outbox.state(Stream::results), outbox.state(Stream::metrics), outbox.state(Stream::logs)};
}
}  // namespace

Link::Link(Loop& loop, const protocol::Context& context, Outbox& outbox, LinkKeys& keys, const Clock& clock,
           Random& random, LinkOptions options, LinkCallbacks callbacks)
    : loop_(loop),
      context_(context),
      outbox_(outbox),
      keys_(keys),
      clock_(clock),
      random_(random),
      options_(std::move(options)),
      callbacks_(std::move(callbacks)),
      session_(options_.identity, all_states(outbox), options_.session),
      resolver_(loop),
      reopen_timer_(loop, [this] { resolve(); }),
      handshake_timer_(loop, [this] { lose("no answer to the connection attempt"); }),
      tick_timer_(loop, [this] { tick(); }),
      goodbye_timer_(loop, [this] { finish_leaving(); }) {}

Link::~Link() {
    close();
}

protocol::Moment Link::now() {
    return {.mono = clock_.mono(), .wall = clock_.wall(), .random = random_.next()};
}

void Link::start() {
    VIGIE_ASSERT(loop_.on_thread());
    session_.set_generations(outbox_.generations());
    run(session_.start(now()));
}

void Link::notify_appended(Stream stream) {
    VIGIE_ASSERT(loop_.on_thread());
    run(session_.on_stream_changed(outbox_.state(stream), now()));
}

void Link::outbox_replaced() {
    VIGIE_ASSERT(loop_.on_thread());
    session_.set_generations(outbox_.generations());
    for (const auto& state : all_states(outbox_)) {
        run(session_.on_stream_changed(state, now()));
    }
}

void Link::send_progress(protocol::JobProgress progress) {
    VIGIE_ASSERT(loop_.on_thread());
    run(session_.report_progress(std::move(progress), now()));
}

void Link::set_identity(protocol::Hello identity) {
    VIGIE_ASSERT(loop_.on_thread());
    run(session_.set_identity(std::move(identity), now()));
}

// The socket is closed without lingering, so what was only handed to it may never go out: hence the wait for an answer.
void Link::leave(protocol::Leaving leaving, Task then) {
    VIGIE_ASSERT(loop_.on_thread() && !then_);
    then_ = std::move(then);
    if (session_.state() != protocol::AgentSession::State::established) {
        return finish_leaving();
    }
    const auto moment = now();
    left_at_unix_ms_ = unix_ms(moment.wall);
    goodbye_timer_.start_once(goodbye_patience);
    run(session_.leave(leaving, moment));
}

// Posted: `then` may end the link.
void Link::finish_leaving() {
    goodbye_timer_.stop();
    if (then_) {
        loop_.post(std::exchange(then_, {}));
    }
}

LinkStatus Link::status() const {
    auto status = status_;
    status.state = session_.state();
    if (status.state != protocol::AgentSession::State::established) {
        status.established_since.reset();
    }
    return status;
}

void Link::run(protocol::AgentActions actions) {
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
    await_tick();
}

// The loop sleeps until the session has something to do: at rest that is one ping for each heartbeat.
void Link::await_tick() {
    const auto moment = clock_.mono();
    auto due = session_.tick_due();
    if (!unsent_.empty()) {
        due = std::min(due.value_or(MonoTime::max()), flush_again_at_);
    }
    if (due) {
        // libuv counts from the beginning of its current millisecond.
        tick_timer_.start_once(std::chrono::ceil<milliseconds>(*due - moment) + 1ms);
    } else {
        tick_timer_.stop();
    }
}

void Link::carry_out(protocol::SendMessage&& action) {
    if (!socket_ || unsent_.size() >= unsent_messages_max) {
        return;
    }
    unsent_.push_back(protocol::encode_frames(action.message));
    flush();
}

void Link::carry_out(protocol::SendEntries&& action) {
    const auto stream = action.header.stream;
    flush();
    std::vector<OutboxRow> rows;
    if (socket_ && unsent_.empty()) {
        auto read = outbox_.read_from(stream, action.from_seq, action.bytes_max);
        note_outbox(read ? nullptr : &read.error());
        if (read) {
            rows = std::move(*read);
        }
    }
    if (!rows.empty() && rows.front().seq != action.from_seq) {
        run(session_.on_stream_changed(outbox_.state(stream), now()));
        rows.clear();
    }
    const auto sizes = send_rows(action, rows);
    run(session_.on_entries_sent(stream, action.from_seq, sizes, now()));
}

std::vector<uint32_t> Link::send_rows(const protocol::SendEntries& action, const std::vector<OutboxRow>& rows) {
    std::vector<uint32_t> sizes;
    uint64_t bytes = 0;
    for (const auto& row : rows) {
        bytes += row.bytes.size();
        if (bytes > action.bytes_max || sizes.size() >= action.entries_max) {
            break;
        }
        auto header = action.header;
        header.seq = row.seq;
        if (!socket_->send(protocol::encode_header(header), row.bytes)) {
            is_full_ = true;
            break;
        }
        sizes.push_back(static_cast<uint32_t>(row.bytes.size()));
    }
    return sizes;
}

void Link::carry_out(protocol::MarkAcked&& action) {
    const auto marked = outbox_.acked(action.stream, action.incarnation, action.seq);
    note_outbox(marked ? nullptr : &marked.error());
    status_.last_ack_at = clock_.wall();
}

void Link::carry_out(protocol::RenewIncarnation&& action) {
    const auto renewed = outbox_.renew(action.stream);
    note_outbox(renewed ? nullptr : &renewed.error());
    if (renewed) {
        log::warning(
            "link to {}: the controller has other {} of this host than this host has sent, as after going back to an "
            "older disk image: what it has not acknowledged is sent under new numbers",
            options_.endpoint, name_of(action.stream));
        session_.set_generations(outbox_.generations());
        if (callbacks_.stream_renewed) {
            callbacks_.stream_renewed(action.stream);
        }
    }
    run(session_.on_stream_changed(outbox_.state(action.stream), now()));
}

void Link::carry_out(protocol::Reopen&& action) {
    close();
    if (has_opened_) {
        ++status_.reconnects;
        status_.last_trouble = action.why;
        log::info("link to {}: {}; again in {}", options_.endpoint, action.why, format_duration(action.delay));
    }
    has_opened_ = true;
    reopen_timer_.start_once(action.delay);
}

void Link::carry_out(protocol::SessionEstablished&& action) {
    status_.established_since = clock_.wall();
    log::info("link to {}: session {:x} established", options_.endpoint, action.session);
    carry_out(keys_.on_established());
}

void Link::carry_out(protocol::SessionRefused&& action) {
    status_.last_trouble = fmt::format("refused by the controller: {}", action.refuse.message);
    log::warning("link to {}: {}", options_.endpoint, status_.last_trouble);
    using protocol::RefuseReason;
    if (action.refuse.reason == RefuseReason::revoked || action.refuse.reason == RefuseReason::version) {
        note_turned_away();
    }
}

void Link::note_turned_away() {
    if (callbacks_.turned_away) {
        callbacks_.turned_away();
    }
}

void Link::carry_out(protocol::StartJob&& action) {
    if (callbacks_.start_job) {
        callbacks_.start_job(action.start);
    }
}

void Link::carry_out(protocol::CancelJob&& action) {
    if (callbacks_.cancel_job) {
        callbacks_.cancel_job(action.cancel);
    }
}

void Link::carry_out(protocol::KeyTold&& action) {
    carry_out(keys_.on_told(action.message));
}

void Link::carry_out(protocol::PongTold&& action) {
    if (then_ && action.pong.ping_sent_at_unix_ms == left_at_unix_ms_) {
        finish_leaving();
    }
    if (callbacks_.pong_told) {
        callbacks_.pong_told(action.pong);
    }
}

void Link::carry_out(LinkKeys::Answer answer) {
    for (auto& message : answer.say) {
        run(session_.tell_key(std::move(message), now()));
    }
    if (!answer.reconnect_because.empty()) {
        run(session_.reconnect(now(), std::move(answer.reconnect_because)));
    }
}

void Link::resolve() {
    resolver_.resolve(options_.endpoint, address_turn_++, [this](const Result<std::string>& address) {
        if (address) {
            open(*address);
        } else {
            lose(address.error().message);
        }
    });
}

void Link::open(const std::string& address) {
    auto opened = protocol::AgentSocket::open(
        context_, {.endpoint = address, .server_key = keys_.controller(), .frame_max = protocol::frame_bytes_max},
        keys_.own());
    if (!opened) {
        lose(opened.error().message);
        return;
    }
    socket_ = std::move(*opened);
    messages_ = std::make_unique<DrainWatcher>(
        loop_, socket_->fd(),
        [this] {
            const auto ready = socket_->readiness();
            return ready.has_more || (is_full_ && ready.is_writable);
        },
        [this] { drain_messages(); });
    events_ = std::make_unique<DrainWatcher>(
        loop_, socket_->event_fd(), [this] { return socket_->has_event(); }, [this] { drain_events(); });
    handshake_timer_.start_once(handshake_limit);
}

void Link::close() {
    messages_.reset();
    events_.reset();
    socket_.reset();
    unsent_.clear();
    is_full_ = false;
    handshake_timer_.stop();
}

void Link::lose(const std::string& why, milliseconds retry_after) {
    close();
    if (session_.state() == protocol::AgentSession::State::closed) {
        // The attempt failed before its handshake. To the session it is a socket that opened and failed, so that the
        // pauses grow; without a socket its HELLO goes nowhere.
        run(session_.on_connected(now()));
    }
    run(session_.on_disconnected(now(), why, retry_after));
}

void Link::drain_messages() {
    for (int i = 0; socket_ && i < drained_at_once_max; ++i) {
        const auto frames = socket_->receive();
        if (!frames) {
            break;
        }
        on_frames(*frames);
    }
    if (socket_ && is_full_ && socket_->is_writable()) {
        is_full_ = false;
        flush();
        run(session_.on_writable(now()));
    }
}

void Link::on_frames(const protocol::FramePair& frames) {
    const auto message = protocol::decode_frames(frames.header, frames.body);
    if (!message) {
        ++status_.malformed_messages;
        if (const auto left_out = ignored_.admit(clock_.mono())) {
            log::warning("link to {}: ignored a message: {}{}", options_.endpoint, message.error().message,
                         log::and_more(*left_out));
        }
        return;
    }
    run(session_.on_message(*message, now()));
}

void Link::drain_events() {
    while (socket_) {
        const auto event = socket_->next_event();
        if (!event) {
            return;
        }
        on_event(*event);
    }
}

void Link::on_event(protocol::SocketEvent event) {
    switch (event.kind) {
        case protocol::SocketEvent::Kind::connected:
            handshake_timer_.stop();
            run(session_.on_connected(now()));
            return;
        case protocol::SocketEvent::Kind::refused:
            if (keys_.on_refused()) {
                return lose("the controller does not know this host's key; the one before is tried");
            }
            note_turned_away();
            lose("the controller does not know this host's key: enrol it again, or ask why it was revoked",
                 options_.refused_retry);
            return;
        case protocol::SocketEvent::Kind::disconnected:
            if (event.is_unanswered) {
                keys_.on_not_shaken();
                return lose("the controller has another key than this host trusts, or is no controller");
            }
            if (event.is_handshake && !event.is_overload) {
                return lose("whoever listens there does not speak as a controller does");
            }
            lose("disconnected");
            return;
    }
}

void Link::flush() {
    while (socket_ && !unsent_.empty()) {
        if (!socket_->send(unsent_.front().header, unsent_.front().body)) {
            is_full_ = true;
            flush_again_at_ = clock_.mono() + options_.session.retry_every;
            return;
        }
        unsent_.pop_front();
    }
}

void Link::tick() {
    flush();
    run(session_.on_tick(now()));
}

// One line when trouble with the outbox begins or changes, not one for each attempt.
void Link::note_outbox(const Error* error) {
    if (error == nullptr) {
        outbox_trouble_.clear();
        return;
    }
    if (error->message != outbox_trouble_) {
        outbox_trouble_ = error->message;
        log::error("outbox: {}", error->message);
    }
    if (callbacks_.outbox_failed) {
        callbacks_.outbox_failed(*error);
    }
}

}  // namespace vigie::agent
