// All agents' sessions, without sockets or threads: messages and commit notices go in, messages, entries and news come
// out through interfaces. The link thread drives it with ROUTER sockets; a simulation drives it with a network of its
// own.
#pragma once
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "controller/link/replay_credit.hpp"
#include "controller/store/event_log.hpp"
#include "protocol/codec/codec.hpp"
#include "protocol/session/controller_session.hpp"
#include "protocol/transport/router_socket.hpp"

namespace vigie::controller {

// Where accepted entries go: the queue towards the committer. Called on the link thread; must not block. False: full,
// the hub keeps the entry and offers it again. An entry may come again after apply_failed(), in order from the cursor.
class BatchSink {
  public:
    virtual ~BatchSink() = default;
    [[nodiscard]] virtual bool offer(const AgentId& agent, protocol::Stream stream, uint64_t incarnation, uint64_t seq,
                                     const std::string& entry_bytes) = 0;
    // Entries first_seq..last_seq are lost for ever.
    [[nodiscard]] virtual bool offer_gap(const AgentId& agent, protocol::Stream stream, uint64_t incarnation,
                                         uint64_t first_seq, uint64_t last_seq, protocol::GapReason reason) = 0;
    // Before the entries of a session: what the agent's HELLO told of its outbox, to be stored with their cursors. A
    // sink that stores no cursors has no use for it.
    [[nodiscard]] virtual bool offer_generations(const AgentId&, const std::vector<protocol::Generation>&) {
        return true;
    }
};

// What is durable of an agent when it is first heard of. Called on the link thread.
class CursorSource {
  public:
    virtual ~CursorSource() = default;
    virtual Result<std::vector<protocol::StreamCursor>> cursors_of(const AgentId& agent) = 0;
};

struct HelloFacts {
    std::string agent_version;
    std::string boot_id;
    protocol::Labels labels;
    std::vector<std::string> jobs;
    std::optional<uint64_t> results_incarnation;  // another one than before: the host has lost its record of runs
    uint8_t protocol_version = 0;                 // of the session
    milliseconds clock_skew{0};                   // the agent's clock minus ours, as far as HELLO's way took no time
    std::string address;                          // without port
    bool is_first = false;                        // session of the agent's process: it has just started
};

// Something about a host's keys that people should read of.
struct KeyEvent {
    Severity severity = Severity::info;
    std::string kind;
    std::string message;
};

// News of agents. Called on the link thread; must not block.
class LinkObserver {
  public:
    virtual ~LinkObserver() = default;
    virtual void heard(const AgentId& agent, MonoTime at) = 0;  // at most once a second for each agent
    // The agent's clock minus ours, as far as a ping's way took no time. At most once a second for each agent.
    virtual void clock_told(const AgentId& /*agent*/, milliseconds /*ahead*/) {}
    virtual void connected(const AgentId& agent, const HelloFacts& facts) = 0;
    virtual void disconnected(const AgentId& agent, const std::string& why) = 0;
    // Its session goes on, but its connection was closed from the other end, without a goodbye: by a kernel that still
    // ran. Told within two seconds of a heartbeat that did not come, or of a minute when heartbeats are rarer.
    virtual void closed_by_peer(const AgentId& /*agent*/) {}
    // It said goodbye: it, or its host, ends because somebody wants so.
    virtual void leaving(const AgentId& /*agent*/, protocol::Leaving /*how*/, MonoTime /*at*/) {}
    // A second session of one key cut the older one.
    virtual void superseded(const AgentId& agent, bool is_clone_suspected) = 0;
    virtual void progressed(const AgentId& agent, const protocol::JobProgress& progress) = 0;
    virtual void enrolled(const AgentId& agent) = 0;
    virtual void key_event(const AgentId& /*agent*/, const KeyEvent& /*event*/) {}
};

// What sessions bring about keys.
class KeyListener {
  public:
    virtual ~KeyListener() = default;
    // `key`: what the connection was made with.
    virtual void session_opened(const AgentId& agent, const std::string& key, uint8_t version) = 0;
    virtual void told(const AgentId& agent, const protocol::KeyMessage& message) = 0;
};

// The way out to the agents.
class Outlet {
  public:
    virtual ~Outlet() = default;
    virtual protocol::Sent send(const protocol::ConnectionId& connection, const protocol::Frames& frames) = 0;
    virtual void cut(const protocol::Connection& connection) = 0;
    virtual bool is_open(const protocol::Connection& /*connection*/) { return true; }
};

// How many agents speak for the fleet, one after the other, when the controller is silent: two may be down with it.
constexpr size_t deputies_max = 3;

class Hub {
  public:
    Hub(protocol::ControllerSessionSettings settings, BatchSink& sink, CursorSource& cursors, LinkObserver& observer,
        Outlet& outlet, ReplayLimits replay = {});
    ~Hub();

    // A message of an agent whose key the ZAP thread knew.
    void on_received(protocol::Received&& received, const protocol::Moment& moment);
    void on_durable(const AgentId& agent, protocol::Stream stream, uint64_t incarnation, uint64_t seq);
    void on_apply_failed(const AgentId& agent, protocol::Stream stream, uint64_t incarnation,
                         const protocol::Moment& moment);
    // Nothing happens when the agent has no session, or one of another outbox than `results_incarnation` tells: the
    // caller tries again after the next connected().
    void start_job(const AgentId& agent, const protocol::JobStart& start, std::optional<uint64_t> results_incarnation,
                   const protocol::Moment& moment);
    void cancel_job(const AgentId& agent, const protocol::JobCancel& cancel, const protocol::Moment& moment);
    // Must outlive the hub. Without one, nothing is said of keys.
    void set_key_listener(KeyListener& listener) { key_listener_ = &listener; }
    // Nothing happens when the agent has no session of a version with such messages.
    void tell_key(const AgentId& agent, protocol::KeyMessage message, const protocol::Moment& moment);
    // Connections of the agent that were made with another key than this are cut at the next tick; a session on one of
    // them ends.
    void cut_other_keys(const AgentId& agent, std::string_view key, const protocol::Moment& moment);
    // All sessions end; their connections are cut at the next tick.
    void close_all(std::string_view why, const protocol::Moment& moment);
    // What would be cut at the next tick, now.
    void cut_now();
    // Ends the agent's session and forgets the agent; its connections are cut at the next tick.
    void forget(const AgentId& agent, protocol::RefuseReason reason, std::string_view why,
                const protocol::Moment& moment);
    // After each round of the calls above: sends the acks that are due.
    void finish_round(const protocol::Moment& moment);
    // Once a second.
    void on_tick(const protocol::Moment& moment);

    size_t sessions() const;  // established ones
    uint64_t malformed() const { return malformed_; }
    size_t held_entries() const { return held_.size(); }
    size_t waiting_replays() const { return replay_.waiting(); }
    const std::vector<AgentId>& deputies() const { return deputies_; }  // the first to speak first

  private:
    struct Peer;
    struct Opening {
        AgentId agent;
        std::vector<protocol::Generation> generations;
    };
    using Held = std::variant<protocol::Apply, protocol::ApplyGap, Opening>;
    static uint64_t bytes_of(const Held& item);

    Peer* peer_of(const AgentId& agent);
    Peer* known(const AgentId& agent);
    void note_connection(Peer& peer, const protocol::Received& received);
    void note_heard(Peer& peer, const protocol::Moment& moment);
    void note_closed(Peer& peer, const protocol::Moment& moment);
    void note_clock(Peer& peer, const protocol::Ping& ping, const protocol::Moment& moment);
    void on_malformed(Peer& peer, const protocol::Received& received, const Error& error,
                      const protocol::Moment& moment);
    void touch(Peer& peer);
    void run(Peer& peer, protocol::ControllerActions actions);
    void carry_out(Peer& peer, protocol::SendTo&& action);
    void carry_out(Peer& peer, protocol::Apply&& action);
    void carry_out(Peer& peer, protocol::ApplyGap&& action);
    void carry_out(Peer& peer, protocol::SessionOpened&& action);
    void carry_out(Peer& peer, protocol::SessionClosed&& action);
    void carry_out(Peer& peer, protocol::SessionSuperseded&& action);
    void carry_out(Peer& peer, protocol::CutConnection&& action);
    void carry_out(Peer& peer, protocol::ProgressReported&& action);
    void carry_out(Peer& peer, protocol::KeyReported&& action);
    void hold_unless_taken(Peer& peer, Held item);
    bool offer(const Held& item);
    void offer_held();
    void note_replayed(Peer& peer);
    void begin_turns(const protocol::Moment& moment);
    uint64_t credit_of(const Peer& peer, protocol::Stream stream) const;
    void flush(Peer& peer);
    void choose_deputies(const protocol::Moment& moment);
    static bool can_page(const Peer& peer);
    bool is_late(const Peer& peer, const protocol::Moment& moment) const;
    const Peer* next_deputy(const protocol::Moment& moment) const;

    const protocol::ControllerSessionSettings settings_;
    BatchSink& sink_;
    CursorSource& cursors_;
    LinkObserver& observer_;
    Outlet& outlet_;
    KeyListener* key_listener_ = nullptr;
    std::unordered_map<AgentId, std::unique_ptr<Peer>> peers_;
    std::vector<Peer*> touched_;
    std::deque<Held> held_;  // in order; nothing overtakes it
    uint64_t held_bytes_ = 0;
    ReplayCredit replay_;
    std::vector<protocol::Connection> to_cut_;
    std::vector<AgentId> deputies_;
    WallTime wall_now_{};
    uint64_t malformed_ = 0;
};

}  // namespace vigie::controller
