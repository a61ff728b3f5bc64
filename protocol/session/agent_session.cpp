// From HELLO to the end of a session; what flows in between stands in agent_session_flow.cpp.
#include "protocol/session/agent_session.hpp"

#include <algorithm>

namespace vigie::protocol {
namespace {

// What a controller may ask for: below, agents would flood it; above, silence would go unnoticed for hours.
constexpr milliseconds heartbeat_interval_min{100};
constexpr milliseconds heartbeat_interval_max{600'000};
// A controller that says "come back in a year" must not lose the host for ever.
constexpr milliseconds retry_after_max{3'600'000};

}  // namespace

AgentSession::AgentSession(Hello identity, const std::vector<StreamState>& streams, AgentSessionSettings settings)
    : settings_(settings), identity_(std::move(identity)), heartbeat_interval_(settings.heartbeat_interval_ms) {
    for (const auto& state : streams) {
        flow(state.stream).is_known = true;
        flow(state.stream).state = state;
    }
}

AgentActions AgentSession::start(const Moment&) {
    actions_.push_back(Reopen{.delay = {}, .why = "start"});
    return take_actions();
}

AgentActions AgentSession::on_connected(const Moment& moment) {
    greet(moment);
    return take_actions();
}

AgentActions AgentSession::on_disconnected(const Moment& moment, std::string_view why, milliseconds retry_after) {
    if (state_ != State::closed) {
        reopen(moment, std::string(why), retry_after);
    }
    return take_actions();
}

AgentActions AgentSession::on_message(const Message& message, const Moment& moment) {
    if (state_ == State::closed) {
        return {};
    }
    if (const auto* welcome = std::get_if<Welcome>(&message.body)) {
        if (state_ == State::greeting && message.header.session != 0) {
            on_welcome(message.header, *welcome, moment);
        }
    } else if (message.header.session == session_) {
        if (const auto* refuse = std::get_if<Refuse>(&message.body)) {
            on_refuse(*refuse, moment);
        } else if (state_ == State::established) {
            on_session_message(message, moment);
        }
    }
    return take_actions();
}

void AgentSession::on_session_message(const Message& message, const Moment& moment) {
    heard_at_ = moment.mono;
    if (std::holds_alternative<Ack>(message.body)) {
        on_ack(message.header, moment);
    } else if (std::holds_alternative<GoBack>(message.body)) {
        on_go_back(message.header, moment);
    } else if (const auto* ping = std::get_if<Ping>(&message.body)) {
        send(Pong{.ping_sent_at_unix_ms = ping->sent_at_unix_ms, .sent_at_unix_ms = unix_ms(moment.wall)});
    } else if (const auto* pong = std::get_if<Pong>(&message.body)) {
        actions_.push_back(PongTold{*pong});
    } else if (const auto* start = std::get_if<JobStart>(&message.body)) {
        actions_.push_back(StartJob{*start});
    } else if (const auto* cancel = std::get_if<JobCancel>(&message.body)) {
        actions_.push_back(CancelJob{*cancel});
    } else if (const auto* change = std::get_if<KeyChange>(&message.body); change != nullptr && has_key_changes()) {
        actions_.push_back(KeyTold{*change});
    } else if (const auto* keys = std::get_if<ControllerKey>(&message.body); keys != nullptr && has_key_changes()) {
        actions_.push_back(KeyTold{*keys});
    }
}

void AgentSession::greet(const Moment& moment) {
    previous_session_ = session_ != 0 ? session_ : previous_session_;
    session_ = 0;
    version_ = identity_.version_max;
    state_ = State::greeting;
    greeted_at_ = moment.mono;
    sending_.reset();
    Hello hello = identity_;
    hello.sent_at_unix_ms = unix_ms(moment.wall);
    hello.previous_session = previous_session_;
    hello.streams.clear();
    hello.generations = generations_;
    for (auto& each : flows_) {
        rewind(each, each.acked + 1);
        each.credit_bytes = 0;
        each.is_paused = false;
        if (each.is_known) {
            hello.streams.push_back(each.state);
        }
    }
    send(std::move(hello));
}

void AgentSession::on_welcome(const Header& header, const Welcome& welcome, const Moment& moment) {
    if (welcome.version < identity_.version_min || welcome.version > identity_.version_max) {
        return reopen(moment,
                      fmt::format("the controller chose protocol version {}, this agent speaks {} to {}",
                                  welcome.version, identity_.version_min, identity_.version_max),
                      settings_.backoff_max);
    }
    state_ = State::established;
    session_ = header.session;
    version_ = welcome.version;
    if (welcome.heartbeat_interval_ms != 0) {
        heartbeat_interval_ =
            std::clamp(milliseconds(welcome.heartbeat_interval_ms), heartbeat_interval_min, heartbeat_interval_max);
    }
    heard_at_ = pinged_at_ = established_at_ = moment.mono;
    actions_.push_back(SessionEstablished{.welcome = welcome, .session = session_});
    for (auto& each : flows_) {
        if (each.is_known) {
            take_cursor(each, welcome, moment);
        }
    }
    pump(moment);
}

void AgentSession::on_refuse(const Refuse& refuse, const Moment& moment) {
    actions_.push_back(SessionRefused{refuse});
    // A controller that restarted forgot the session: say HELLO again. Not when that has just been done, or a
    // controller that keeps forgetting would be greeted without a pause.
    const bool is_lasting = state_ == State::established && moment.mono - established_at_ >= heartbeat_interval_;
    if (refuse.reason == RefuseReason::unknown_session && is_lasting) {
        trouble_since_.reset();
        return greet(moment);
    }
    reopen(moment, fmt::format("refused: {}", refuse.message),
           std::min(milliseconds(refuse.retry_after_ms), retry_after_max));
}

AgentActions AgentSession::on_tick(const Moment& moment) {
    if (state_ == State::greeting && moment.mono - greeted_at_ >= settings_.welcome_timeout) {
        reopen(moment, "no answer to HELLO");
    }
    if (state_ != State::established) {
        return take_actions();
    }
    if (moment.mono - heard_at_ >= settings_.silent_intervals_max * heartbeat_interval_) {
        reopen(moment, fmt::format("nothing heard for {} heartbeat intervals", settings_.silent_intervals_max));
        return take_actions();
    }
    if (moment.mono - established_at_ >= heartbeat_interval_) {
        trouble_since_.reset();
    }
    ping_after(heartbeat_interval_, moment);
    unpause();
    for (auto& each : flows_) {
        if (each.is_awaiting_renewal) {
            ask_for_renewal(each, moment);  // the outbox could not do it yet
        }
    }
    resend_what_nobody_acked(moment);
    pump(moment);
    return take_actions();
}

std::optional<MonoTime> AgentSession::tick_due() const {
    if (state_ == State::closed) {
        return std::nullopt;
    }
    if (state_ == State::greeting) {
        return greeted_at_ + settings_.welcome_timeout;
    }
    auto due =
        std::min(pinged_at_ + heartbeat_interval_, heard_at_ + settings_.silent_intervals_max * heartbeat_interval_);
    if (trouble_since_) {
        due = std::min(due, established_at_ + heartbeat_interval_);  // pings that go with entries need no tick
    }
    for (const auto& each : flows_) {
        if (each.is_paused || each.is_awaiting_renewal) {
            due = std::min(due, each.retry_at);
        }
        if (!each.under_way.empty()) {
            due = std::min(due, each.progressed_at + settings_.ack_timeout);
        }
    }
    return due;
}

AgentActions AgentSession::on_stream_changed(const StreamState& state, const Moment& moment) {
    Flow& changed = flow(state.stream);
    if (changed.is_known && changed.state.incarnation == state.incarnation) {
        changed.state = state;
        pump(moment);
        if (state_ == State::established) {
            ping_after(heartbeat_interval_ * 4 / 5, moment);  // with the entries: one wake-up for both
        }
        return take_actions();
    }
    changed = Flow{};
    changed.is_known = true;
    changed.state = state;
    const bool is_last =
        std::none_of(flows_.begin(), flows_.end(), [](const Flow& f) { return f.is_awaiting_renewal; });
    if (state_ != State::closed && is_last) {
        greet(moment);  // only HELLO can name an incarnation
    }
    return take_actions();
}

AgentActions AgentSession::set_identity(Hello identity, const Moment& moment) {
    identity_ = std::move(identity);
    if (state_ == State::established) {
        greet(moment);
    }
    return take_actions();
}

AgentActions AgentSession::report_progress(JobProgress progress, const Moment&) {
    if (state_ == State::established) {
        send(std::move(progress));
    }
    return take_actions();
}

AgentActions AgentSession::tell_key(KeyMessage message, const Moment&) {
    if (state_ == State::established && has_key_changes()) {
        std::visit([this](auto& one) { send(std::move(one)); }, message);
    }
    return take_actions();
}

AgentActions AgentSession::leave(Leaving leaving, const Moment& moment) {
    if (state_ == State::established) {
        pinged_at_ = moment.mono;
        send(Ping{.sent_at_unix_ms = unix_ms(moment.wall), .leaving = leaving});
    }
    return take_actions();
}

// It is no trouble, whatever there was before: the controller answers.
AgentActions AgentSession::reconnect(const Moment& moment, std::string why) {
    if (state_ != State::closed) {
        trouble_since_.reset();
        reopen(moment, std::move(why));
    }
    return take_actions();
}

void AgentSession::ping_after(milliseconds pause, const Moment& moment) {
    if (moment.mono - pinged_at_ >= pause) {
        pinged_at_ = moment.mono;
        send(Ping{.sent_at_unix_ms = unix_ms(moment.wall)});
    }
}

void AgentSession::send(Body body) {
    const auto type = static_cast<MessageType>(body.index() + 1);
    actions_.push_back(SendMessage{Message{.header = header_for(type), .body = std::move(body)}});
}

// Full jitter: uniform between 0 and a limit, so that a fleet comes back spread out. The limit is how long the trouble
// has lasted: whoever lost a controller for four seconds is back four seconds later. Doubling it with each attempt made
// some agents of ten thousand, whose first waits were short, wait for half a minute.
void AgentSession::reopen(const Moment& moment, std::string why, milliseconds at_least) {
    trouble_since_ = trouble_since_.value_or(moment.mono);
    const auto limit = std::clamp(std::chrono::duration_cast<milliseconds>(moment.mono - *trouble_since_),
                                  milliseconds(settings_.backoff_first), milliseconds(settings_.backoff_max));
    const milliseconds jitter(static_cast<int64_t>(static_cast<double>(limit.count()) * fraction_of(moment)));
    previous_session_ = session_ != 0 ? session_ : previous_session_;
    session_ = 0;
    state_ = State::closed;
    sending_.reset();
    actions_.push_back(Reopen{.delay = at_least + jitter, .why = std::move(why)});
}

Header AgentSession::header_for(MessageType type) const {
    return Header{.version = version_, .type = type, .session = session_};
}

Header AgentSession::header_for(MessageType type, const Flow& flow, uint64_t seq) const {
    Header header = header_for(type);
    header.stream = flow.state.stream;
    header.incarnation = flow.state.incarnation;
    header.seq = seq;
    return header;
}

}  // namespace vigie::protocol
