// From HELLO to the end of a session; what flows in between stands in controller_session_flow.cpp.
#include "protocol/session/controller_session.hpp"

#include <algorithm>

namespace vigie::protocol {
namespace {

std::string describe_mismatch(const Hello& hello, const VersionRange& ours) {
    return fmt::format("the agent speaks protocol versions {} to {}, this controller {} to {}: upgrade the {}",
                       hello.version_min, hello.version_max, ours.min, ours.max,
                       hello.version_max < ours.min ? "agent" : "controller");
}

bool are_streams_distinct(const std::vector<StreamState>& streams) {
    std::vector<Stream> seen;
    for (const auto& state : streams) {
        if (std::find(seen.begin(), seen.end(), state.stream) != seen.end()) {
            return false;
        }
        seen.push_back(state.stream);
    }
    return true;
}

// How many entries the agent holds that are not durable. It may tell any numbers.
uint64_t backlog_of(const StreamState& state, uint64_t durable) {
    const uint64_t first = std::max(state.oldest_seq, durable + 1);
    return state.next_seq > first ? state.next_seq - first : 0;
}

// More incarnations than the store keeps of an agent's three streams (64 each). A host makes one at each
// reinstallation.
constexpr size_t flows_max = 256;

}  // namespace

ControllerSession::ControllerSession(AgentId agent, const std::vector<StreamCursor>& cursors,
                                     ControllerSessionSettings settings)
    : agent_(std::move(agent)), settings_(settings) {
    for (const auto& cursor : cursors) {
        Flow& flow = flows_[{cursor.stream, cursor.incarnation}];
        flow.durable = flow.accepted = cursor.last_applied;
        flow.durable_generation = cursor.generation;
    }
}

ControllerActions ControllerSession::on_message(const ConnectionId& from, const Message& message,
                                                const Moment& moment) {
    if (const auto* hello = std::get_if<Hello>(&message.body)) {
        on_hello(from, *hello, moment);
    } else if (!is_of_session(from, message.header)) {
        refuse_unknown(from, message.header, moment);
    } else {
        on_session_message(message, moment);
    }
    return take_actions();
}

void ControllerSession::on_session_message(const Message& message, const Moment& moment) {
    heard_at_ = moment.mono;
    has_spoken_ = true;
    if (const auto* gap = std::get_if<Gap>(&message.body)) {
        on_gap(message.header, *gap, moment);
    } else if (const auto* ping = std::get_if<Ping>(&message.body)) {
        send(Pong{.ping_sent_at_unix_ms = ping->sent_at_unix_ms,
                  .sent_at_unix_ms = unix_ms(moment.wall),
                  .deputy = deputy_,
                  .watch = watch_});
        repeat_grants();
    } else if (const auto* progress = std::get_if<JobProgress>(&message.body)) {
        actions_.push_back(ProgressReported{agent_, *progress});
    } else if (version_ < version_with_key_changes) {
        return;
    } else if (const auto* change = std::get_if<KeyChange>(&message.body)) {
        actions_.push_back(KeyReported{agent_, *change});
    } else if (const auto* keys = std::get_if<ControllerKey>(&message.body)) {
        actions_.push_back(KeyReported{agent_, *keys});
    }
}

void ControllerSession::on_hello(const ConnectionId& from, const Hello& hello, const Moment& moment) {
    const uint8_t version = std::min(settings_.versions.max, hello.version_max);
    if (version < settings_.versions.min || version < hello.version_min) {
        return refuse(from, 0, RefuseReason::version, describe_mismatch(hello, settings_.versions),
                      settings_.version_retry);
    }
    if (!are_streams_distinct(hello.streams)) {
        return refuse(from, 0, RefuseReason::malformed, "HELLO names a stream twice", settings_.malformed_retry);
    }
    forget_unnamed(hello);
    if (flows_.size() > flows_max) {
        return refuse(from, 0, RefuseReason::overloaded, "entries of too many outboxes wait for the disk",
                      settings_.overloaded_retry);
    }
    if (is_established() && from != connection_) {
        supersede(hello, moment);
    }
    version_ = version;
    open(from, hello, moment);
    welcome();
    actions_.push_back(SessionOpened{agent_, session_, hello});
}

// Bounds the map. An incarnation of which nothing is durable or under way is as good as new. Of one that HELLO does not
// name, what is durable matters only when a host is set back to it: with too many even that is forgotten, and what
// comes again the store passes over.
void ControllerSession::forget_unnamed(const Hello& hello) {
    const auto is_named = [&](const FlowKey& key) {
        return std::find(named_.begin(), named_.end(), key) != named_.end() ||
               std::any_of(hello.streams.begin(), hello.streams.end(),
                           [&](const auto& state) { return key == FlowKey(state.stream, state.incarnation); });
    };
    const bool are_too_many = flows_.size() + hello.streams.size() > flows_max;
    std::erase_if(flows_, [&](const auto& each) {
        const bool is_new = each.second.accepted == 0;
        return !is_named(each.first) && (is_new || (are_too_many && each.second.pending.empty()));
    });
}

void ControllerSession::supersede(const Hello& by, const Moment& moment) {
    const bool is_resumed = by.previous_session == session_;
    const bool was_heard_lately =
        moment.mono - heard_at_ < settings_.silent_intervals_max * settings_.heartbeat_interval;
    const bool is_another_boot = by.boot_id != boot_id_ && was_heard_lately;
    // Both copies of a running machine have one boot_id, but they take the session from each other in turns.
    const bool is_in_turns = by.previous_session != 0 && has_spoken_ && superseded_at_ &&
                             moment.mono - *superseded_at_ < settings_.clone_window;
    actions_.push_back(SessionSuperseded{
        .agent = agent_, .older = connection_, .is_clone_suspected = !is_resumed && (is_another_boot || is_in_turns)});
    refuse(connection_, session_, RefuseReason::superseded, "another session was opened with the same key",
           settings_.superseded_retry);
    end_session("superseded");
    superseded_at_ = moment.mono;
}

void ControllerSession::open(const ConnectionId& from, const Hello& hello, const Moment& moment) {
    const uint64_t previous = session_;
    session_ = moment.random;
    while (session_ == 0 || session_ == previous) {
        ++session_;
    }
    state_ = State::established;
    connection_ = from;
    boot_id_ = hello.boot_id;
    appoint(0, 0);
    has_spoken_ = false;
    heard_at_ = pinged_at_ = moment.mono;
    named_.clear();
    generations_ = hello.generations;
    for (const auto& state : hello.streams) {
        named_.emplace_back(state.stream, state.incarnation);
        Flow& flow = flows_[named_.back()];
        flow.is_set_back = is_set_back(flow, named_.back());
        const bool has_backlog = !flow.is_set_back && backlog_of(state, flow.durable) > settings_.backlog_entries_max;
        flow.replayed_until = has_backlog ? state.next_seq - 1 : 0;
        flow.credit_bytes = has_backlog ? 0 : std::min(settings_.credit_bytes_first, settings_.window_bytes_max);
        flow.is_ack_due = flow.is_grant_unused = flow.has_dropped = false;
        flow.went_back_at.reset();
    }
    std::sort(named_.begin(), named_.end());
}

void ControllerSession::welcome() {
    Welcome welcome{.version = version_,
                    .controller_epoch = settings_.controller_epoch,
                    .heartbeat_interval_ms = static_cast<uint32_t>(settings_.heartbeat_interval.count()),
                    .batch_bytes_max = settings_.batch_bytes_max,
                    .cursors = {}};
    for (const auto& key : named_) {
        const Flow& flow = flows_[key];
        welcome.cursors.push_back(StreamCursor{.stream = key.first,
                                               .incarnation = key.second,
                                               .last_applied = flow.is_set_back ? seq_max : flow.durable,
                                               .credit_bytes = flow.credit_bytes});
    }
    send(std::move(welcome));
}

ControllerActions ControllerSession::on_tick(const Moment& moment) {
    if (!is_established()) {
        return take_actions();
    }
    if (moment.mono - heard_at_ >= settings_.silent_intervals_max * settings_.heartbeat_interval) {
        end_session("silent");
        return take_actions();
    }
    if (moment.mono - heard_at_ >= settings_.heartbeat_interval &&
        moment.mono - pinged_at_ >= settings_.heartbeat_interval) {
        pinged_at_ = moment.mono;
        send(Ping{.sent_at_unix_ms = unix_ms(moment.wall)});
    }
    for (const auto& key : named_) {
        Flow& flow = flows_[key];
        if (std::exchange(flow.has_failed, false)) {
            flow.went_back_at.reset();
            go_back(flow, key, moment);
        }
    }
    return take_acks(moment);
}

ControllerActions ControllerSession::on_undecodable(const ConnectionId& from, const Error& error,
                                                    const Moment& moment) {
    const bool is_ours = is_established() && from == connection_;
    if (error.code == ErrorCode::unsupported) {
        heard_at_ = is_ours ? moment.mono : heard_at_;
        return {};
    }
    if (is_ours) {
        return close(RefuseReason::malformed, error.message, moment);
    }
    refuse(from, 0, RefuseReason::malformed, error.message, settings_.malformed_retry);
    return take_actions();
}

ControllerActions ControllerSession::start_job(const JobStart& start, const Moment&) {
    if (is_established()) {
        send(start);
    }
    return take_actions();
}

ControllerActions ControllerSession::cancel_job(const JobCancel& cancel, const Moment&) {
    if (is_established()) {
        send(cancel);
    }
    return take_actions();
}

ControllerActions ControllerSession::tell_key(KeyMessage message, const Moment&) {
    if (is_established() && version_ >= version_with_key_changes) {
        std::visit([this](auto& one) { send(std::move(one)); }, message);
    }
    return take_actions();
}

ControllerActions ControllerSession::close(RefuseReason reason, std::string_view message, const Moment&) {
    if (is_established()) {
        refuse(connection_, session_, reason, message,
               reason == RefuseReason::overloaded ? settings_.overloaded_retry : settings_.malformed_retry);
        end_session(message);
    }
    return take_actions();
}

void ControllerSession::end_session(std::string_view why) {
    state_ = State::absent;
    actions_.push_back(CutConnection{connection_});
    actions_.push_back(SessionClosed{agent_, session_, std::string(why)});
    named_.clear();
    connection_.clear();
}

void ControllerSession::refuse(const ConnectionId& to, uint64_t session, RefuseReason reason, std::string_view message,
                               milliseconds retry_after) {
    const Header header{.version = version_, .type = MessageType::refuse, .session = session};
    actions_.push_back(
        SendTo{to, Message{header, Refuse{.reason = reason,
                                          .message = std::string(message),
                                          .retry_after_ms = static_cast<uint32_t>(retry_after.count())}}});
}

// A thousand batches may be on their way when a controller restarts; one answer to them is enough.
void ControllerSession::refuse_unknown(const ConnectionId& from, const Header& header, const Moment& moment) {
    if (refused_at_ && refused_connection_ == from && refused_session_ == header.session &&
        moment.mono - *refused_at_ < settings_.refuse_repeat) {
        return;
    }
    refused_connection_ = from;
    refused_session_ = header.session;
    refused_at_ = moment.mono;
    refuse(from, header.session, RefuseReason::unknown_session, "unknown session: say HELLO", {});
}

bool ControllerSession::is_of_session(const ConnectionId& from, const Header& header) const {
    return is_established() && from == connection_ && header.session == session_;
}

void ControllerSession::send(Body body) {
    const Header header{.version = version_, .type = static_cast<MessageType>(body.index() + 1), .session = session_};
    actions_.push_back(SendTo{connection_, Message{header, std::move(body)}});
}

void ControllerSession::send(const Flow& flow, const FlowKey& key, uint64_t seq, Body body) {
    const Header header{.version = version_,
                        .type = static_cast<MessageType>(body.index() + 1),
                        .session = session_,
                        .stream = key.first,
                        .incarnation = key.second,
                        .seq = seq,
                        .ack = flow.durable,
                        .credit_bytes = flow.credit_bytes};
    actions_.push_back(SendTo{connection_, Message{header, std::move(body)}});
}

std::vector<Stream> ControllerSession::replaying() const {
    std::vector<Stream> streams;
    for (const auto& key : named_) {
        const auto flow = flows_.find(key);
        if (flow != flows_.end() && flow->second.durable < flow->second.replayed_until) {
            streams.push_back(key.first);
        }
    }
    return streams;
}

}  // namespace vigie::protocol
