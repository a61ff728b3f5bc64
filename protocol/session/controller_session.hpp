// The controller's end, for one agent, as a pure state machine: no I/O, no clock, no thread. The link (controller/link)
// keeps one for each AgentId that spoke, feeds it what happens and carries out its actions in their order.
//
// States
//   absent       nobody greeted, or the session died. Anything but HELLO is answered REFUSE unknown_session.
//   established  the agent of `connection` said HELLO and got WELCOME. Left by silence of three intervals, close(), or
//                HELLO from another connection, which supersedes it.
// A connection is whatever tells two sockets of an agent apart (the routing id of a ROUTER); who the agent is was
// settled by its key before.
//
// Receiving. For each stream and incarnation:
//   durable   the last number whose commit was synced; what ACK says and what a restart knows.
//   accepted  the last number handed out in an Apply, durable <= accepted. Outlives the session: what was handed out is
//             still being committed.
// Of the streams that HELLO named, a batch with seq == accepted + 1 becomes an Apply; lower ones only cause the ACK to
// be repeated; a higher one is answered GO_BACK once, and again only when nothing came of it for go_back_repeat. A GAP
// that begins at accepted + 1 or before and ends after it becomes an ApplyGap of what is missing and moves accepted
// past its end in one step. When the commit failed, on_apply_failed returns accepted to durable; the next tick asks
// again. A host that was set back to an older copy of its outbox may have numbered on from there, past what is
// accepted: the generations in HELLO tell (messages.hpp). When `accepted` or `durable` was numbered under another one
// than HELLO now says, WELCOME names a cursor past any number, upon which the agent takes a new incarnation. At most
// window_bytes_max and window_entries_max are accepted and not durable; more is dropped, and asked for again once half
// the window is free. Acks are cumulative and gathered: take_acks() gives at most one for each stream.
#pragma once
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/messages/messages.hpp"
#include "protocol/session/moment.hpp"
#include "shared/core/error.hpp"
#include "shared/core/ids.hpp"

namespace vigie::protocol {

// Sequence numbers stay below it, so that adding one never wraps: a million entries a second reach it in 146,000 years.
constexpr uint64_t seq_max = uint64_t{1} << 62;

struct ControllerSessionSettings {
    VersionRange versions{};  // narrower or wider only in tests, which play an older or a later controller
    uint64_t controller_epoch = 1;
    milliseconds heartbeat_interval{10'000};
    int silent_intervals_max = 3;
    uint32_t batch_bytes_max = body_bytes_max;
    // Granted to each stream at HELLO. Not below batch_bytes_max, or the largest entry could never be sent.
    uint64_t credit_bytes_first = 2 * body_bytes_max;
    // A stream of which HELLO names more entries than these begins without credit: whoever drives the session grants it
    // some when it is that stream's turn to replay (see replaying()).
    uint64_t backlog_entries_max = std::numeric_limits<uint64_t>::max();
    // Of each stream, accepted and not durable. Above any credit, which the agent may have used before it was lowered.
    uint64_t window_bytes_max = 4 * body_bytes_max;
    // Small entries cost by their number: a host that sends as many as go must not hold up the others for longer than
    // it takes to store these. Twice what an agent of ours has under way.
    size_t window_entries_max = 1024;
    seconds go_back_repeat{10};
    seconds refuse_repeat{1};   // of unknown_session, to one connection about one session
    seconds clone_window{300};  // two sessions that supersede each other within it are two machines
    seconds overloaded_retry{30};
    seconds superseded_retry{60};
    seconds malformed_retry{60};
    seconds version_retry{600};
};

// The routing id of the socket a message came from.
using ConnectionId = std::string;

// ---- what the link must do ----
struct SendTo {
    ConnectionId connection;
    Message message;
};
// Commit these rows and the cursor in one batch, sync, then call on_durable. Entries that can't be decoded must be
// recorded and passed over, never refused, or the stream would stand still for ever.
struct Apply {
    AgentId agent;
    Stream stream = Stream::results;
    uint64_t incarnation = 0;
    uint64_t seq = 0;
    std::string entry_bytes;
};
// Commit a record that entries first_seq..last_seq are lost and the cursor at last_seq, then call on_durable(last_seq).
struct ApplyGap {
    AgentId agent;
    Stream stream = Stream::results;
    uint64_t incarnation = 0;
    uint64_t first_seq = 0;
    uint64_t last_seq = 0;
    GapReason reason = GapReason::outbox_full;
};
// Comes before any Apply of its session: entries' cursors are to be stored with the generation that `hello` tells for
// them (StreamCursor::generation).
struct SessionOpened {
    AgentId agent;
    uint64_t session = 0;
    Hello hello;
};
struct SessionClosed {
    AgentId agent;
    uint64_t session = 0;
    std::string why;
};
// A second session of one key. When it is not the same agent coming back, raise an alert: a cloned machine.
struct SessionSuperseded {
    AgentId agent;
    ConnectionId older;
    bool is_clone_suspected = false;
};
// No more messages of this connection will be answered: cut it.
struct CutConnection {
    ConnectionId connection;
};
struct ProgressReported {
    AgentId agent;
    JobProgress progress;
};
// The agent speaks of keys; what is to be said of them goes back through tell_key().
struct KeyReported {
    AgentId agent;
    KeyMessage message;
};
using ControllerAction = std::variant<SendTo, Apply, ApplyGap, SessionOpened, SessionClosed, SessionSuperseded,
                                      CutConnection, ProgressReported, KeyReported>;
using ControllerActions = std::vector<ControllerAction>;

class ControllerSession {
  public:
    enum class State { absent, established };

    // `cursors`: what is durable of this agent, of every incarnation that is kept.
    ControllerSession(AgentId agent, const std::vector<StreamCursor>& cursors, ControllerSessionSettings settings = {});

    // Any message but a batch.
    [[nodiscard]] ControllerActions on_message(const ConnectionId& from, const Message& message, const Moment& moment);
    // A batch, with its entry as it came: it is not decoded here.
    [[nodiscard]] ControllerActions on_batch(const ConnectionId& from, const Header& header, std::string entry_bytes,
                                             const Moment& moment);
    // The codec refused a frame of this agent. `unsupported` ones are passed over, others are refused.
    [[nodiscard]] ControllerActions on_undecodable(const ConnectionId& from, const Error& error, const Moment& moment);
    // To be called at least once a second.
    [[nodiscard]] ControllerActions on_tick(const Moment& moment);

    // Everything of the stream up to seq is committed and synced.
    void on_durable(Stream stream, uint64_t incarnation, uint64_t seq);
    // What was accepted and is not durable is lost again; the agent is asked to repeat it at the next tick. Every Apply
    // of this stream that is not durable yet is void: the committer must not commit a later one behind the hole.
    [[nodiscard]] ControllerActions on_apply_failed(Stream stream, uint64_t incarnation, const Moment& moment);
    // The acks that are due. To be called once after a round of messages and on_durable; on_tick does it too.
    [[nodiscard]] ControllerActions take_acks(const Moment& moment);
    // A new credit for the stream, cut to window_bytes_max; 0 stops it. Told to the agent with the next take_acks(),
    // and with each ping until something comes of it. A new session begins with credit_bytes_first again.
    void grant(Stream stream, uint64_t credit_bytes);

    // Nothing when no session is up: the job stays due and is sent again after the next SessionOpened.
    [[nodiscard]] ControllerActions start_job(const JobStart& start, const Moment& moment);
    [[nodiscard]] ControllerActions cancel_job(const JobCancel& cancel, const Moment& moment);
    // Nothing when no session is up, or it is of a version without such messages: the next one begins with them.
    [[nodiscard]] ControllerActions tell_key(KeyMessage message, const Moment& moment);
    // What PONGs of this session say from now on; a new session begins without.
    void appoint(uint8_t deputy, uint64_t watch) {
        deputy_ = deputy;
        watch_ = watch;
    }
    // Ends the session with a REFUSE: revoked key, overload, an operator's wish.
    [[nodiscard]] ControllerActions close(RefuseReason reason, std::string_view message, const Moment& moment);

    State state() const { return state_; }
    bool is_established() const { return state_ == State::established; }
    uint64_t session() const { return session_; }
    uint8_t version() const { return version_; }  // of the session
    const AgentId& agent() const { return agent_; }
    const ConnectionId& connection() const { return connection_; }
    MonoTime heard_at() const { return heard_at_; }
    std::vector<StreamCursor> durable_cursors() const;
    // The streams that began this session with a backlog over backlog_entries_max and have not caught up with what
    // HELLO told of it.
    std::vector<Stream> replaying() const;

  private:
    using FlowKey = std::pair<Stream, uint64_t>;  // with the incarnation
    struct Pending {
        uint64_t bytes = 0;
        uint64_t generation = 0;
    };
    struct Flow {
        uint64_t durable = 0;
        uint64_t durable_generation = 0;  // 0: unknown
        uint64_t accepted = 0;
        uint64_t credit_bytes = 0;
        uint64_t replayed_until = 0;          // the end of the backlog; 0: there was none
        bool is_set_back = false;             // HELLO named it, but its numbers were used otherwise before
        std::map<uint64_t, Pending> pending;  // by seq: accepted and not durable
        uint64_t pending_bytes = 0;
        bool is_ack_due = false;
        bool is_grant_unused = false;          // nothing came since credit was granted: repeat it at each ping
        bool has_dropped = false;              // something came over the window
        bool has_failed = false;               // ask again at the next tick
        std::optional<MonoTime> went_back_at;  // GO_BACK for accepted + 1 is out
    };

    void on_hello(const ConnectionId& from, const Hello& hello, const Moment& moment);
    void open(const ConnectionId& from, const Hello& hello, const Moment& moment);
    void welcome();
    void forget_unnamed(const Hello& hello);
    void supersede(const Hello& by, const Moment& moment);
    void on_session_message(const Message& message, const Moment& moment);
    void on_gap(const Header& header, const Gap& gap, const Moment& moment);
    // True when the entries from `first` on may be accepted now; else does what the rules say.
    bool is_next(Flow& flow, const FlowKey& key, uint64_t first, uint64_t last, uint64_t bytes, const Moment& moment);
    void accept(Flow& flow, const FlowKey& key, uint64_t last, uint64_t bytes);
    bool is_set_back(const Flow& flow, const FlowKey& key) const;
    void repeat_grants();
    void refuse(const ConnectionId& to, uint64_t session, RefuseReason reason, std::string_view message,
                milliseconds retry_after);
    void refuse_unknown(const ConnectionId& from, const Header& header, const Moment& moment);
    void go_back(Flow& flow, const FlowKey& key, const Moment& moment);
    void acknowledge(Flow& flow, const FlowKey& key, const Moment& moment);
    void end_session(std::string_view why);
    bool is_of_session(const ConnectionId& from, const Header& header) const;
    Flow* flow_of(const FlowKey& key);
    void send(Body body);
    void send(const Flow& flow, const FlowKey& key, uint64_t seq, Body body);
    ControllerActions take_actions() { return std::exchange(actions_, {}); }

    AgentId agent_;
    ControllerSessionSettings settings_;
    std::map<FlowKey, Flow> flows_;  // every incarnation of which something is durable or pending, and those named
    std::vector<FlowKey> named_;     // by the HELLO of this session, the most important first
    std::vector<Generation> generations_;  // of that HELLO
    State state_ = State::absent;
    ConnectionId connection_;
    uint64_t session_ = 0;
    uint8_t version_ = protocol_version_max;
    std::string boot_id_;
    uint8_t deputy_ = 0;
    uint64_t watch_ = 0;
    bool has_spoken_ = false;  // something came in this session: the agent did get its WELCOME
    MonoTime heard_at_;
    MonoTime pinged_at_;
    std::optional<MonoTime> superseded_at_;
    ConnectionId refused_connection_;  // the last one told unknown_session, and which session it had meant
    uint64_t refused_session_ = 0;
    std::optional<MonoTime> refused_at_;
    ControllerActions actions_;
};

}  // namespace vigie::protocol
