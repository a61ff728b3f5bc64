// The round: wait, take commands, take messages, tick, send acks.
#include "controller/link/link_thread.hpp"

#include <sys/resource.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "controller/ingest/cursor_rows.hpp"
#include "controller/link/enrolment_port.hpp"
#include "controller/link/key_changes.hpp"
#include "protocol/transport/connection_guard.hpp"
#include "protocol/transport/keys.hpp"

namespace vigie::controller {
namespace {
// About 5 ms of decoding: then commands and acks get their turn, and the sockets come again at once.
constexpr int messages_per_round_max = 1'024;
// RocksDB keeps up to 512 files open; logs, operators and webhooks are some tens.
constexpr size_t descriptors_besides_peers = 1'024;
// An enrolment takes milliseconds, so even thousands of hosts at once find their turn.
constexpr size_t enrolling_connections_max = 512;

// Peers must not use up the descriptors that the store and the operators need.
struct Room {
    size_t agents;
    size_t enrolling;
};
Room room_within(size_t descriptors) {
    const auto enrolling = std::min(enrolling_connections_max, descriptors / 8);
    return {.agents = descriptors - std::min(descriptors_besides_peers, descriptors / 2) - enrolling,
            .enrolling = enrolling};
}
Room room_for_peers() {
    rlimit limit{};
    return room_within(getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : descriptors_besides_peers);
}
}  // namespace

size_t room_for_agents(size_t descriptors) {
    return room_within(descriptors).agents;
}

struct LinkThread::State final : Outlet {
    State(const LinkThreadOptions& chosen, CommitQueue& queue, BatchSink& sink, CursorSource& cursors,
          LinkObserver& watcher, const Clock& time, Random& dice, protocol::Context&& sockets)
        : options(chosen),
          commits(queue),
          observer(watcher),
          clock(time),
          random(dice),
          context(std::move(sockets)),
          hub(chosen.session, sink, cursors, watcher, *this),
          public_key(chosen.keys.public_key) {}

    const LinkThreadOptions options;
    CommitQueue& commits;
    LinkObserver& observer;
    const Clock& clock;
    Random& random;
    protocol::KeyTable table;
    protocol::Context context;
    std::unique_ptr<protocol::ZapThread> zap;  // bound before the sockets, gone after them
    std::unique_ptr<protocol::RouterSocket> main_port;
    std::unique_ptr<protocol::RouterSocket> enrol_port;
    std::unique_ptr<protocol::ConnectionGuard> guard;                // gone before the sockets
    std::shared_ptr<Mailbox> mailbox = std::make_shared<Mailbox>();  // shared with commits under way
    std::unique_ptr<EnrolmentPort> enrolment;
    Hub hub;
    std::unique_ptr<KeyChanges> keys;
    std::string public_key;
    std::optional<MonoTime> cut_at;  // sooner than the next tick
    MonoTime ticked_at{};
    mutable std::mutex counts_guard;
    Counts counts;
    std::thread thread;

    Result<void> open(const StateStore& store);
    void run();
    void take_messages();
    void tick_if_due();
    Result<void> use_keys(const protocol::KeyPair& pair);
    protocol::Moment now() { return {.mono = clock.mono(), .wall = clock.wall(), .random = random.next()}; }

    protocol::Sent send(const protocol::ConnectionId& connection, const protocol::Frames& frames) override {
        return main_port->send(connection, frames.header, frames.body);
    }
    void cut(const protocol::Connection& connection) override { protocol::cut(connection); }
    bool is_open(const protocol::Connection& connection) override { return protocol::is_open(connection); }
};

Result<void> LinkThread::State::open(const StateStore& store) {
    VIGIE_CHECK(mailbox->open());
    keys = std::make_unique<KeyChanges>(store, commits, mailbox, table, hub, observer, clock);
    VIGIE_CHECK(keys->load());
    keys->announce(public_key, options.next_key);
    hub.set_key_listener(*keys);
    VIGIE_TRY(zap, protocol::ZapThread::open(
                       context, table, clock, options.zap, protocol::agents_domain,
                       [this, box = mailbox](const AgentId& agent, const std::string& key, const std::string& address) {
                           box->post([this, agent, key, address] { keys->former_key_offered(agent, key, address); });
                       }));
    VIGIE_TRY(main_port,
              protocol::RouterSocket::open(context, {.endpoint = options.listen, .zap_domain = protocol::agents_domain},
                                           options.keys));
    VIGIE_TRY(enrol_port,
              protocol::RouterSocket::open(
                  context, {.endpoint = options.enrol_listen, .zap_domain = protocol::enrolment_domain}, options.keys));
    const auto room = room_for_peers();
    const std::array<protocol::GuardedSocket, 2> guarded{
        {{*main_port, room.agents}, {*enrol_port, room.enrolling, true}}};
    VIGIE_TRY(guard, protocol::ConnectionGuard::open(context, guarded, clock));
    enrolment = std::make_unique<EnrolmentPort>(
        *enrol_port, store, options.public_endpoint.empty() ? main_port->endpoint() : options.public_endpoint, commits,
        mailbox, clock,
        [this](const AgentId& agent, const std::string& key) {
            keys->enrolled(agent, key);
            observer.enrolled(agent);
        },
        options.note_enrolment);
    return {};
}

void LinkThread::State::run() {
    const std::array<protocol::RouterSocket*, 2> sockets{main_port.get(), enrol_port.get()};
    while (!mailbox->is_closed()) {
        protocol::RouterSocket::wait(sockets, mailbox->fd(), cut_at ? std::min(cut_after, options.tick) : options.tick);
        for (const auto& command : mailbox->take()) {
            command();
        }
        take_messages();
        enrolment->drain();
        tick_if_due();
        hub.finish_round(now());
    }
}

void LinkThread::State::take_messages() {
    for (int i = 0; i < messages_per_round_max; ++i) {
        auto received = main_port->receive();
        if (!received) {
            return;
        }
        // The key may have been revoked after the handshake.
        if (table.find(received->key) != AgentId{received->user_id}) {
            protocol::cut(received->connection);
            continue;
        }
        hub.on_received(std::move(*received), now());
    }
}

Result<void> LinkThread::State::use_keys(const protocol::KeyPair& pair) {
    VIGIE_CHECK(main_port->use_keys(pair));
    VIGIE_CHECK(enrol_port->use_keys(pair));
    public_key = pair.public_key;
    // At once: a host that read a REFUSE first would greet on its old connection.
    hub.close_all("the controller's key was replaced", now());
    hub.cut_now();
    keys->announce(public_key, "");
    return {};
}

void LinkThread::State::tick_if_due() {
    const auto moment = now();
    if (cut_at && moment.mono >= *cut_at) {
        cut_at.reset();
        hub.cut_now();
    }
    if (moment.mono - ticked_at < options.tick) {
        return;
    }
    ticked_at = moment.mono;
    hub.on_tick(moment);
    keys->on_tick();
    const std::lock_guard lock(counts_guard);
    counts = {.handshakes = zap->counts(),
              .dropped_messages = main_port->dropped() + enrol_port->dropped(),
              .malformed_messages = hub.malformed(),
              .enrolments_refused = enrolment->refused(),
              .sessions = hub.sessions(),
              .held_entries = hub.held_entries()};
}

LinkThread::LinkThread(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<LinkThread>> LinkThread::open(const LinkThreadOptions& options, const StateStore& store,
                                                     CommitQueue& commits, BatchSink& sink, CursorSource& cursors,
                                                     LinkObserver& observer, const Clock& clock, Random& random) {
    VIGIE_TRY(auto context, protocol::Context::open(options.io_threads));
    auto state = std::make_unique<State>(options, commits, sink, cursors, observer, clock, random, std::move(context));
    VIGIE_CHECK(state->open(store));
    return std::unique_ptr<LinkThread>(new LinkThread(std::move(state)));
}

LinkThread::~LinkThread() {
    stop();
}

void LinkThread::start() {
    state_->thread = std::thread([raw = state_.get()] { raw->run(); });
}

void LinkThread::stop() {
    state_->mailbox->close();
    if (state_->thread.joinable()) {
        state_->thread.join();
    }
}

const std::string& LinkThread::endpoint() const {
    return state_->main_port->endpoint();
}
const std::string& LinkThread::enrol_endpoint() const {
    return state_->enrol_port->endpoint();
}

void LinkThread::durable(AgentId agent, protocol::Stream stream, uint64_t incarnation, uint64_t seq) {
    state_->mailbox->post([raw = state_.get(), agent = std::move(agent), stream, incarnation, seq] {
        raw->hub.on_durable(agent, stream, incarnation, seq);
    });
}

void LinkThread::apply_failed(AgentId agent, protocol::Stream stream, uint64_t incarnation) {
    state_->mailbox->post([raw = state_.get(), agent = std::move(agent), stream, incarnation] {
        raw->hub.on_apply_failed(agent, stream, incarnation, raw->now());
    });
}

void LinkThread::start_job(AgentId agent, protocol::JobStart start, std::optional<uint64_t> results_incarnation) {
    state_->mailbox->post([raw = state_.get(), agent = std::move(agent), start = std::move(start),
                           results_incarnation] { raw->hub.start_job(agent, start, results_incarnation, raw->now()); });
}

void LinkThread::cancel_job(AgentId agent, protocol::JobCancel cancel) {
    state_->mailbox->post([raw = state_.get(), agent = std::move(agent), cancel = std::move(cancel)] {
        raw->hub.cancel_job(agent, cancel, raw->now());
    });
}

void LinkThread::revoke(AgentId agent, std::vector<std::string> public_keys) {
    state_->mailbox->post([raw = state_.get(), agent = std::move(agent), public_keys = std::move(public_keys)] {
        raw->keys->revoked(agent, public_keys);
        raw->cut_at = raw->clock.mono() + cut_after;
    });
}

void LinkThread::ask_rotation(AgentId agent) {
    state_->mailbox->post([raw = state_.get(), agent = std::move(agent)] { raw->keys->rotation_asked(agent); });
}

void LinkThread::announce_next_key(std::string public_key) {
    state_->mailbox->post(
        [raw = state_.get(), next = std::move(public_key)] { raw->keys->announce(raw->public_key, next); });
}

void LinkThread::use_keys(protocol::KeyPair keys, std::function<void(const Result<void>&)> then) {
    state_->mailbox->post(
        [raw = state_.get(), keys = std::move(keys), then = std::move(then)] { then(raw->use_keys(keys)); });
}

LinkThread::Counts LinkThread::counts() const {
    const std::lock_guard lock(state_->counts_guard);
    return state_->counts;
}

Result<std::vector<protocol::StreamCursor>> StoreCursors::cursors_of(const AgentId& agent) {
    return durable_cursors(store_, agent);
}

}  // namespace vigie::controller
