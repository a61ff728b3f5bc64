#include "protocol/session/agent_session.hpp"

#include <algorithm>

#include "shared/core/assert.hpp"

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
    } else if (const auto* start = std::get_if<JobStart>(&message.body)) {
        actions_.push_back(StartJob{*start});
    } else if (const auto* cancel = std::get_if<JobCancel>(&message.body)) {
        actions_.push_back(CancelJob{*cancel});
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
            take_cursor(each, welcome);
        }
    }
    pump(moment);
}

void AgentSession::take_cursor(Flow& flow, const Welcome& welcome) {
    StreamCursor cursor{.stream = flow.state.stream, .incarnation = flow.state.incarnation};
    for (const auto& each : welcome.cursors) {
        if (each.stream == cursor.stream && each.incarnation == cursor.incarnation) {
            cursor = each;
        }
    }
    // Once it is known that the numbers were used before, that stays so, however many more are given meanwhile.
    if (flow.is_awaiting_renewal || cursor.last_applied >= flow.state.next_seq) {
        flow.is_awaiting_renewal = true;
        return ask_for_renewal(flow);
    }
    if (cursor.last_applied != flow.acked) {
        actions_.push_back(MarkAcked{cursor.stream, cursor.incarnation, cursor.last_applied});
    }
    flow.acked_highest = std::max({flow.acked_highest, flow.acked, cursor.last_applied});
    flow.acked = cursor.last_applied;
    flow.next_to_send = cursor.last_applied + 1;
    flow.credit_bytes = cursor.credit_bytes;
}

void AgentSession::ask_for_renewal(const Flow& flow) {
    actions_.push_back(RenewIncarnation{.stream = flow.state.stream, .incarnation = flow.state.incarnation});
}

void AgentSession::on_refuse(const Refuse& refuse, const Moment& moment) {
    actions_.push_back(SessionRefused{refuse});
    // A controller that restarted forgot the session: say HELLO again. Not when that has just been done, or a
    // controller that keeps forgetting would be greeted without a pause.
    const bool is_lasting = state_ == State::established && moment.mono - established_at_ >= heartbeat_interval_;
    if (refuse.reason == RefuseReason::unknown_session && is_lasting) {
        attempts_ = 0;
        return greet(moment);
    }
    reopen(moment, fmt::format("refused: {}", refuse.message),
           std::min(milliseconds(refuse.retry_after_ms), retry_after_max));
}

void AgentSession::on_ack(const Header& header, const Moment& moment) {
    Flow* acked = flow_of(header);
    if (acked == nullptr || header.ack < acked->acked) {
        return;  // of another incarnation, or overtaken by a newer one, whose credit counts
    }
    acked->credit_bytes = header.credit_bytes;
    acked->is_paused = false;
    acknowledge(*acked, header.ack, moment);
    pump(moment);
}

void AgentSession::on_go_back(const Header& header, const Moment& moment) {
    Flow* flow = flow_of(header);
    if (flow == nullptr || header.ack < flow->acked) {
        return;
    }
    flow->credit_bytes = header.credit_bytes;
    flow->is_paused = false;
    acknowledge(*flow, header.ack, moment);
    if (header.seq > flow->acked && header.seq < flow->next_to_send) {
        rewind(*flow, header.seq);
    }
    pump(moment);
}

void AgentSession::acknowledge(Flow& flow, uint64_t seq, const Moment& moment) {
    if (seq <= flow.acked || seq >= flow.state.next_seq) {
        return;  // nothing new, or nothing that we ever had
    }
    flow.acked = seq;
    flow.next_to_send = std::max(flow.next_to_send, seq + 1);
    flow.progressed_at = moment.mono;
    while (!flow.under_way.empty() && flow.under_way.front().last_seq <= seq) {
        flow.bytes_under_way -= flow.under_way.front().bytes;
        flow.under_way.pop_front();
    }
    actions_.push_back(MarkAcked{flow.state.stream, flow.state.incarnation, seq});
}

void AgentSession::rewind(Flow& flow, uint64_t seq) {
    flow.next_to_send = seq;
    while (!flow.under_way.empty() && flow.under_way.back().last_seq >= seq) {
        flow.bytes_under_way -= flow.under_way.back().bytes;
        flow.under_way.pop_back();
    }
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
        attempts_ = 0;
    }
    if (moment.mono - pinged_at_ >= heartbeat_interval_) {
        pinged_at_ = moment.mono;
        send(Ping{.sent_at_unix_ms = unix_ms(moment.wall)});
    }
    unpause();
    for (const auto& each : flows_) {
        if (each.is_awaiting_renewal) {
            ask_for_renewal(each);  // the outbox could not do it yet
        }
    }
    resend_what_nobody_acked(moment);
    pump(moment);
    return take_actions();
}

void AgentSession::resend_what_nobody_acked(const Moment& moment) {
    for (auto& each : flows_) {
        if (!each.under_way.empty() && moment.mono - each.progressed_at >= settings_.ack_timeout) {
            rewind(each, each.acked + 1);
            each.progressed_at = moment.mono;
        }
    }
}

AgentActions AgentSession::on_stream_changed(const StreamState& state, const Moment& moment) {
    Flow& changed = flow(state.stream);
    if (changed.is_known && changed.state.incarnation == state.incarnation) {
        changed.state = state;
        pump(moment);
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

AgentActions AgentSession::on_entries_sent(Stream stream, uint64_t from_seq, const std::vector<uint32_t>& sizes,
                                           const Moment& moment) {
    if (sending_ != stream) {
        return {};  // asked for in a session that is over
    }
    sending_.reset();
    Flow& sent = flow(stream);
    // After a GO_BACK in between, what went out is a repetition at best: it is not counted, and sending goes on from
    // there.
    if (from_seq == sent.next_to_send) {
        VIGIE_ASSERT(sizes.size() <= sent.state.next_seq - from_seq);
        if (sent.under_way.empty()) {
            sent.progressed_at = moment.mono;
        }
        for (const uint32_t size : sizes) {
            sent.under_way.push_back(UnderWay{.last_seq = sent.next_to_send++, .bytes = size});
            sent.bytes_under_way += size;
        }
        sent.is_paused = sizes.empty() && sent.next_to_send >= sent.state.oldest_seq;
    }
    pump(moment);
    return take_actions();
}

AgentActions AgentSession::on_writable(const Moment& moment) {
    unpause();
    pump(moment);
    return take_actions();
}

void AgentSession::unpause() {
    for (auto& each : flows_) {
        each.is_paused = false;
    }
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

// The streams stand in the order of their importance.
void AgentSession::pump(const Moment& moment) {
    if (state_ != State::established) {
        return;
    }
    for (auto& each : flows_) {
        if (sending_ || pump_stream(each, moment)) {
            return;
        }
    }
}

// True when it asked for entries.
bool AgentSession::pump_stream(Flow& flow, const Moment& moment) {
    if (!flow.is_known || flow.is_awaiting_renewal || flow.is_paused) {
        return false;
    }
    if (flow.next_to_send < flow.state.oldest_seq && flow.next_to_send <= flow.acked_highest) {
        send_gap(flow, std::min(flow.state.oldest_seq - 1, flow.acked_highest), GapReason::trimmed, moment);
    }
    if (flow.next_to_send < flow.state.oldest_seq) {
        send_gap(flow, flow.state.oldest_seq - 1, GapReason::outbox_full, moment);
    }
    if (flow.next_to_send >= flow.state.next_seq || flow.bytes_under_way >= flow.credit_bytes ||
        flow.under_way.size() >= settings_.entries_under_way_max) {
        return false;
    }
    sending_ = flow.state.stream;
    actions_.push_back(SendEntries{
        .header = header_for(MessageType::batch, flow, flow.next_to_send),
        .from_seq = flow.next_to_send,
        .bytes_max = std::min<uint64_t>(flow.credit_bytes - flow.bytes_under_way, settings_.chunk_bytes_max),
        .entries_max = settings_.chunk_entries_max});
    return true;
}

void AgentSession::send_gap(Flow& flow, uint64_t last, GapReason reason, const Moment& moment) {
    if (flow.under_way.empty()) {
        flow.progressed_at = moment.mono;
    }
    actions_.push_back(SendMessage{Message{.header = header_for(MessageType::gap, flow, flow.next_to_send),
                                           .body = Gap{.last_missing_seq = last, .reason = reason}}});
    flow.under_way.push_back(UnderWay{.last_seq = last, .bytes = 0});
    flow.next_to_send = last + 1;
}

void AgentSession::send(Body body) {
    const auto type = static_cast<MessageType>(body.index() + 1);
    actions_.push_back(SendMessage{Message{.header = header_for(type), .body = std::move(body)}});
}

// Full jitter: uniform between 0 and a limit that doubles, so that a fleet comes back spread out.
void AgentSession::reopen(const Moment& moment, std::string why, milliseconds at_least) {
    milliseconds limit = settings_.backoff_first;
    for (int i = 0; i < attempts_ && limit < settings_.backoff_max; ++i) {
        limit *= 2;
    }
    limit = std::min<milliseconds>(limit, settings_.backoff_max);
    ++attempts_;
    const milliseconds jitter(static_cast<int64_t>(static_cast<double>(limit.count()) * fraction_of(moment)));
    previous_session_ = session_ != 0 ? session_ : previous_session_;
    session_ = 0;
    state_ = State::closed;
    sending_.reset();
    actions_.push_back(Reopen{.delay = at_least + jitter, .why = std::move(why)});
}

uint64_t AgentSession::bytes_under_way(Stream stream) const {
    return flows_[static_cast<size_t>(stream)].bytes_under_way;
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

AgentSession::Flow* AgentSession::flow_of(const Header& header) {
    Flow& named = flow(header.stream);
    const bool is_ours = named.is_known && !named.is_awaiting_renewal && named.state.incarnation == header.incarnation;
    return is_ours ? &named : nullptr;
}

}  // namespace vigie::protocol
