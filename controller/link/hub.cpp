// Messages to sessions, and what sessions ask for. What becomes of entries stands in hub_entries.cpp.
#include "controller/link/hub_peer.hpp"

#include "shared/log/log.hpp"

namespace vigie::controller {
namespace {
using protocol::Moment;

// Replies that wait for a peer that does not read; more, and it is cut.
constexpr size_t unsent_messages_max = 256;
// Sockets of one agent that are remembered for cutting: its session, the one before and some that fail.
constexpr size_t connections_max = 8;
// A peer of our own never sends one; a few may be a version's bug, more is an attack or a broken host.
constexpr int malformed_per_minute_max = 16;
// Of one agent, while the disk stalls. An honest one greets once or twice meanwhile.
constexpr int openings_held_max = 4;
// A connection that ends when nothing has come for this long may have been ended by our own kernel, whose keepalive
// gives a peer up after two minutes (protocol/transport: 60 s and four times 15 s). So it is asked after before.
constexpr milliseconds closed_asked_after_max{60s};
constexpr milliseconds closed_believed_until{110s};
// More than what was under way when a connection broke, or was sampled while a new one was made.
constexpr uint64_t backlog_entries_max = 2;

// The host's time may be any 64-bit number: a century is skew enough, and can be reckoned with.
milliseconds skew_of(int64_t told_unix_ms, WallTime now) {
    constexpr milliseconds century = std::chrono::hours{24 * 36525};
    return std::clamp(wall_from_unix_ms(told_unix_ms), now - century, now + century) - now;
}
protocol::ControllerSessionSettings with_turns(protocol::ControllerSessionSettings settings) {
    settings.backlog_entries_max = std::min(settings.backlog_entries_max, backlog_entries_max);
    return settings;
}
}  // namespace

Hub::Hub(protocol::ControllerSessionSettings settings, BatchSink& sink, CursorSource& cursors, LinkObserver& observer,
         Outlet& outlet, ReplayLimits replay)
    : settings_(with_turns(settings)),
      sink_(sink),
      cursors_(cursors),
      observer_(observer),
      outlet_(outlet),
      replay_(replay) {}
Hub::~Hub() = default;

Hub::Peer* Hub::known(const AgentId& agent) {
    const auto found = peers_.find(agent);
    return found == peers_.end() ? nullptr : found->second.get();
}

// Null when the store cannot say what is durable: the message is dropped, and the agent sends it again.
Hub::Peer* Hub::peer_of(const AgentId& agent) {
    if (auto* peer = known(agent)) {
        return peer;
    }
    const auto cursors = cursors_.cursors_of(agent);
    if (!cursors) {
        log::error("host {}: no cursors: {}", agent.value, cursors.error().message);
        return nullptr;
    }
    return peers_.emplace(agent, std::make_unique<Peer>(agent, *cursors, settings_)).first->second.get();
}

void Hub::touch(Peer& peer) {
    if (!peer.is_touched) {
        peer.is_touched = true;
        touched_.push_back(&peer);
    }
}

void Hub::on_received(protocol::Received&& received, const Moment& moment) {
    wall_now_ = moment.wall;
    auto* peer = peer_of(AgentId{received.user_id});
    if (peer == nullptr) {
        return;
    }
    note_connection(*peer, received);
    const auto header = protocol::decode_header(received.frames.header);
    if (!header) {
        on_malformed(*peer, received, header.error(), moment);
        return;
    }
    note_heard(*peer, moment);
    touch(*peer);
    if (header->type == protocol::MessageType::hello && peer->openings_held >= openings_held_max) {
        return;  // the agent greets again when it hears nothing
    }
    if (header->type == protocol::MessageType::batch) {
        run(*peer, peer->session.on_batch(received.routing_id, *header, std::move(received.frames.body), moment));
        return;
    }
    // To a session of version 1 the types of version 2 are unknown, whatever stands in them.
    const bool is_later = header->type >= protocol::MessageType::key_change &&
                          peer->session.version() < protocol::version_with_key_changes;
    auto body = is_later ? Result<protocol::Body>(fail(ErrorCode::unsupported, "body: of a later version"))
                         : protocol::decode_body(header->type, received.frames.body);
    if (!body) {
        on_malformed(*peer, received, body.error(), moment);
        return;
    }
    const bool is_of_session = peer->session.is_established() && header->session == peer->session.session();
    if (const auto* ping = std::get_if<protocol::Ping>(&*body); ping != nullptr && is_of_session) {
        note_clock(*peer, *ping, moment);
        // Once: each is a line of the log, and a key that was stolen may send as many as it likes.
        if (ping->leaving != protocol::Leaving::staying && !peer->is_leaving_told) {
            peer->is_leaving_told = true;
            observer_.leaving(peer->session.agent(), ping->leaving, moment.mono);
        }
    }
    run(*peer, peer->session.on_message(received.routing_id, {.header = *header, .body = std::move(*body)}, moment));
}

void Hub::note_connection(Peer& peer, const protocol::Received& received) {
    if (peer.connections.contains(received.routing_id)) {
        return;
    }
    if (peer.connections.size() >= connections_max) {
        for (auto one = peer.connections.begin(); one != peer.connections.end();) {
            if (one->first == peer.session.connection()) {
                ++one;
                continue;
            }
            to_cut_.push_back(one->second.connection);
            one = peer.connections.erase(one);
        }
    }
    peer.connections.emplace(received.routing_id, Peer::Way{received.connection, received.key});
    peer.address = received.peer_address;
}

// Pings that were held up come in a crowd, and the first of them stands for all.
void Hub::note_clock(Peer& peer, const protocol::Ping& ping, const protocol::Moment& moment) {
    if (!peer.told_clock_at || moment.mono - *peer.told_clock_at >= 1s) {
        peer.told_clock_at = moment.mono;
        observer_.clock_told(peer.session.agent(), skew_of(ping.sent_at_unix_ms, moment.wall));
    }
}

void Hub::note_heard(Peer& peer, const Moment& moment) {
    if (!peer.told_heard_at || moment.mono - *peer.told_heard_at >= 1s) {
        peer.told_heard_at = moment.mono;
        observer_.heard(peer.session.agent(), moment.mono);
    }
}

// Asked only of those that are late: a call into the kernel for each of ten thousand, each second, would cost more than
// all their pings.
void Hub::note_closed(Peer& peer, const Moment& moment) {
    const auto unheard = moment.mono - peer.session.heard_at();
    if (!peer.session.is_established() || peer.is_closed_told ||
        unheard < std::min(settings_.heartbeat_interval, closed_asked_after_max) || unheard > closed_believed_until) {
        return;
    }
    const auto way = peer.connections.find(peer.session.connection());
    if (way != peer.connections.end() && !outlet_.is_open(way->second.connection)) {
        peer.is_closed_told = true;
        observer_.closed_by_peer(peer.session.agent());
    }
}

void Hub::on_malformed(Peer& peer, const protocol::Received& received, const Error& error, const Moment& moment) {
    ++malformed_;
    touch(peer);
    const auto& name = peer.session.agent().value;
    if (peer.malformed == 0 || moment.mono - peer.malformed_since >= 60s) {
        peer.malformed = 0;
        peer.malformed_since = moment.mono;
        log::warning("host {} at {}: {}", name, received.peer_address, error.message);
    }
    run(peer, peer.session.on_undecodable(received.routing_id, error, moment));
    if (++peer.malformed == malformed_per_minute_max) {
        log::error("host {} at {}: {} malformed messages within a minute; its connection is cut", name,
                   received.peer_address, malformed_per_minute_max);
        run(peer, peer.session.close(protocol::RefuseReason::malformed, "too many malformed messages", moment));
        to_cut_.push_back(received.connection);
    }
}

void Hub::on_durable(const AgentId& agent, protocol::Stream stream, uint64_t incarnation, uint64_t seq) {
    if (auto* peer = known(agent)) {
        peer->session.on_durable(stream, incarnation, seq);
        touch(*peer);
    }
}

void Hub::on_apply_failed(const AgentId& agent, protocol::Stream stream, uint64_t incarnation, const Moment& moment) {
    auto* peer = known(agent);
    if (peer == nullptr) {
        return;
    }
    // What is held of the stream comes again from the agent, after what was lost.
    std::erase_if(held_, [&](const Held& item) {
        const bool is_of_stream = std::visit(
            [&](const auto& one) {
                if constexpr (std::is_same_v<std::decay_t<decltype(one)>, Opening>) {
                    return false;  // what later entries were numbered under stays true
                } else {
                    return one.agent == agent && one.stream == stream && one.incarnation == incarnation;
                }
            },
            item);
        held_bytes_ -= is_of_stream ? bytes_of(item) : 0;
        return is_of_stream;
    });
    touch(*peer);
    run(*peer, peer->session.on_apply_failed(stream, incarnation, moment));
}

void Hub::start_job(const AgentId& agent, const protocol::JobStart& start, std::optional<uint64_t> results_incarnation,
                    const Moment& moment) {
    if (auto* peer = known(agent); peer != nullptr && peer->results_incarnation == results_incarnation) {
        run(*peer, peer->session.start_job(start, moment));
    }
}

void Hub::cancel_job(const AgentId& agent, const protocol::JobCancel& cancel, const Moment& moment) {
    if (auto* peer = known(agent)) {
        run(*peer, peer->session.cancel_job(cancel, moment));
    }
}

void Hub::forget(const AgentId& agent, protocol::RefuseReason reason, std::string_view why, const Moment& moment) {
    auto* peer = known(agent);
    if (peer == nullptr) {
        return;
    }
    run(*peer, peer->session.close(reason, why, moment));
    for (const auto& [id, way] : peer->connections) {
        to_cut_.push_back(way.connection);
    }
    std::erase(touched_, peer);
    replay_.leave(agent);
    peers_.erase(agent);
}

void Hub::tell_key(const AgentId& agent, protocol::KeyMessage message, const Moment& moment) {
    if (auto* peer = known(agent)) {
        run(*peer, peer->session.tell_key(std::move(message), moment));
    }
}

void Hub::cut_other_keys(const AgentId& agent, std::string_view key, const Moment& moment) {
    auto* peer = known(agent);
    if (peer == nullptr) {
        return;
    }
    const auto own = peer->connections.find(peer->session.connection());
    if (own != peer->connections.end() && own->second.key != key) {
        run(*peer, peer->session.close(protocol::RefuseReason::revoked, "the key was replaced", moment));
    }
    std::erase_if(peer->connections, [&](const auto& one) {
        const bool is_other = one.second.key != key;
        if (is_other) {
            to_cut_.push_back(one.second.connection);
        }
        return is_other;
    });
}

void Hub::close_all(std::string_view why, const Moment& moment) {
    for (auto& [agent, peer] : peers_) {
        run(*peer, peer->session.close(protocol::RefuseReason::unknown_session, why, moment));
        for (const auto& [id, way] : peer->connections) {
            to_cut_.push_back(way.connection);
        }
        peer->connections.clear();
    }
}

void Hub::cut_now() {
    for (const auto& connection : std::exchange(to_cut_, {})) {
        outlet_.cut(connection);
    }
}

void Hub::run(Peer& peer, protocol::ControllerActions actions) {
    for (auto& action : actions) {
        std::visit([&](auto&& one) { carry_out(peer, std::move(one)); }, std::move(action));
    }
}

void Hub::carry_out(Peer& peer, protocol::SendTo&& action) {
    if (peer.unsent.size() >= unsent_messages_max) {
        log::warning("host {}: reads nothing; its connection is cut", peer.session.agent().value);
        carry_out(peer, protocol::CutConnection{action.connection});
        peer.unsent.clear();
        return;
    }
    peer.unsent.emplace_back(std::move(action.connection), protocol::encode_frames(action.message));
    flush(peer);
}

void Hub::flush(Peer& peer) {
    while (!peer.unsent.empty()) {
        const auto& [connection, frames] = peer.unsent.front();
        // What a vanished connection was told is lost; the agent's next session asks for all of it again.
        if (outlet_.send(connection, frames) == protocol::Sent::full) {
            return;
        }
        peer.unsent.pop_front();
    }
}

void Hub::carry_out(Peer& peer, protocol::SessionOpened&& action) {
    hold_unless_taken(peer, Opening{action.agent, std::move(action.hello.generations)});
    peer.is_closed_told = peer.is_leaving_told = peer.is_appointed = false;
    const auto& features = action.hello.features;
    peer.has_deadman = std::find(features.begin(), features.end(), protocol::feature_deadman) != features.end();
    peer.results_incarnation.reset();
    for (const auto& state : action.hello.streams) {
        if (state.stream == protocol::Stream::results) {
            peer.results_incarnation = state.incarnation;
        }
    }
    const HelloFacts facts{.agent_version = action.hello.agent_version,
                           .boot_id = action.hello.boot_id,
                           .labels = std::move(action.hello.labels),
                           .jobs = std::move(action.hello.jobs),
                           .results_incarnation = peer.results_incarnation,
                           .protocol_version = peer.session.version(),
                           .clock_skew = skew_of(action.hello.sent_at_unix_ms, wall_now_),
                           .address = peer.address,
                           .is_first = action.hello.previous_session == 0};
    replay_.leave(action.agent);
    peer.replaying = peer.session.replaying();
    for (const auto stream : peer.replaying) {
        replay_.ask(action.agent, stream);
    }
    log::info("host {}: session {:x} from {}", action.agent.value, action.session, peer.address);
    observer_.connected(action.agent, facts);
    if (key_listener_ != nullptr) {
        const auto way = peer.connections.find(peer.session.connection());
        key_listener_->session_opened(action.agent, way == peer.connections.end() ? "" : way->second.key,
                                      peer.session.version());
    }
}

void Hub::carry_out(Peer& peer, protocol::SessionClosed&& action) {
    replay_.leave(action.agent);
    peer.replaying.clear();
    log::info("host {}: session {:x} ended: {}", action.agent.value, action.session, action.why);
    observer_.disconnected(action.agent, action.why);
}

void Hub::carry_out(Peer&, protocol::SessionSuperseded&& action) {
    if (action.is_clone_suspected) {
        log::warning("host {}: a second machine uses its key; was it cloned?", action.agent.value);
    }
    observer_.superseded(action.agent, action.is_clone_suspected);
}

// At the next tick, so that a REFUSE that was just sent still gets out.
void Hub::carry_out(Peer& peer, protocol::CutConnection&& action) {
    const auto found = peer.connections.find(action.connection);
    if (found != peer.connections.end()) {
        to_cut_.push_back(found->second.connection);
        peer.connections.erase(found);
    }
}

void Hub::carry_out(Peer&, protocol::ProgressReported&& action) {
    observer_.progressed(action.agent, action.progress);
}

void Hub::carry_out(Peer&, protocol::KeyReported&& action) {
    if (key_listener_ != nullptr) {
        key_listener_->told(action.agent, action.message);
    }
}

void Hub::finish_round(const Moment& moment) {
    offer_held();
    for (auto* peer : touched_) {
        if (!peer->replaying.empty()) {
            note_replayed(*peer);
        }
    }
    begin_turns(moment);
    const auto touched = std::exchange(touched_, {});
    for (auto* peer : touched) {
        peer->is_touched = false;
        flush(*peer);
        run(*peer, peer->session.take_acks(moment));
    }
}

void Hub::on_tick(const Moment& moment) {
    wall_now_ = moment.wall;
    cut_now();
    for (const auto& [agent, stream] : replay_.expire(moment.mono)) {
        if (auto* peer = known(agent)) {
            peer->session.grant(stream, 0);
        }
    }
    for (auto& [agent, peer] : peers_) {
        flush(*peer);
        note_closed(*peer, moment);
        run(*peer, peer->session.on_tick(moment));
    }
    choose_deputies(moment);
}

size_t Hub::sessions() const {
    return static_cast<size_t>(std::count_if(peers_.begin(), peers_.end(),
                                             [](const auto& one) { return one.second->session.is_established(); }));
}

}  // namespace vigie::controller
