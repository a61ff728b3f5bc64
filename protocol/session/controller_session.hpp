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
// Receiving. For each stream of the session, as HELLO named it (stream, incarnation):
//   durable   the last number whose commit was synced; what ACK says and what a restart knows.
//   accepted  the last number handed out in an Apply, durable <= accepted.
// A batch with seq == accepted + 1 becomes an Apply; lower ones only cause the ACK to be repeated; a higher one is
// answered GO_BACK once, and again only when nothing came of it for go_back_repeat. A GAP whose first number is
// accepted + 1 becomes an ApplyGap and moves accepted past its end in one step (one that starts lower but ends higher
// is cut to what is missing). When the commit failed, on_apply_failed returns accepted to durable and asks again. At
// most the granted credit of bytes (window_bytes_max) is accepted and not durable; more is dropped and asked for again
// once there is room. Acks are cumulative and gathered: take_acks() gives at most one for each stream.
#pragma once
#include <array>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "protocol/messages/messages.hpp"
#include "protocol/session/moment.hpp"
#include "shared/core/ids.hpp"

namespace vigie::protocol {

struct ControllerSessionSettings {
    uint64_t controller_epoch = 1;
    milliseconds heartbeat_interval{10'000};
    int silent_intervals_max = 3;
    uint32_t batch_bytes_max = body_bytes_max;
    // Granted to each stream at HELLO. Not below batch_bytes_max, or the largest entry could never be sent.
    uint64_t credit_bytes_first = 2 * body_bytes_max;
    seconds go_back_repeat{10};
    seconds overloaded_retry{30};
    seconds superseded_retry{60};
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
using ControllerAction = std::variant<SendTo, Apply, ApplyGap, SessionOpened, SessionClosed, SessionSuperseded,
                                      CutConnection, ProgressReported>;
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
    // The codec refused a frame of this agent. `unsupported` ones are passed over, others end the session.
    [[nodiscard]] ControllerActions on_undecodable(const ConnectionId& from, const Error& error, const Moment& moment);
    // To be called at least once a second.
    [[nodiscard]] ControllerActions on_tick(const Moment& moment);

    // Everything of the stream up to seq is committed and synced.
    void on_durable(Stream stream, uint64_t incarnation, uint64_t seq);
    // What was accepted and is not durable is lost again; the agent is asked to repeat it.
    [[nodiscard]] ControllerActions on_apply_failed(Stream stream, uint64_t incarnation, const Moment& moment);
    // The acks that are due. To be called once after a round of messages and on_durable; on_tick does it too.
    [[nodiscard]] ControllerActions take_acks(const Moment& moment);
    // A new window for the stream; 0 stops it. Told to the agent with the next take_acks().
    void grant(Stream stream, uint64_t credit_bytes);

    // Nothing when no session is up: the job stays due and is sent again after the next SessionOpened.
    [[nodiscard]] ControllerActions start_job(const JobStart& start, const Moment& moment);
    [[nodiscard]] ControllerActions cancel_job(const JobCancel& cancel, const Moment& moment);
    // Ends the session with a REFUSE: revoked key, overload, an operator's wish.
    [[nodiscard]] ControllerActions close(RefuseReason reason, std::string_view message, const Moment& moment);

    State state() const { return state_; }
    bool is_established() const { return state_ == State::established; }
    uint64_t session() const { return session_; }
    const AgentId& agent() const { return agent_; }
    const ConnectionId& connection() const { return connection_; }
    MonoTime heard_at() const { return heard_at_; }
    std::vector<StreamCursor> durable_cursors() const;

  private:
    struct Flow {
        bool is_named = false;  // HELLO named this stream
        uint64_t incarnation = 0;
        uint64_t durable = 0;
        uint64_t accepted = 0;
        uint64_t credit_bytes = 0;
        std::map<uint64_t, uint64_t> pending;  // seq -> bytes, accepted and not durable
        uint64_t pending_bytes = 0;
        bool is_ack_due = false;
        bool is_grant_unconfirmed = false;     // nothing came since credit was granted: repeat it at each ping
        bool has_dropped = false;              // something came over the window
        std::optional<MonoTime> went_back_at;  // GO_BACK for accepted + 1 is out
    };

    void on_hello(const ConnectionId& from, const Hello& hello, const Moment& moment);
    void open(const ConnectionId& from, const Hello& hello, uint8_t version, const Moment& moment);
    void supersede(const Hello& by, const Moment& moment);
    void on_gap(const Header& header, const Gap& gap, const Moment& moment);
    void refuse(const ConnectionId& to, uint64_t session, RefuseReason reason, std::string message,
                milliseconds retry_after);
    void refuse_unknown(const ConnectionId& from, const Header& header, const Moment& moment);
    void go_back(Flow& flow, Stream stream, const Moment& moment);
    void end_session(std::string why);
    bool is_of_session(const ConnectionId& from, const Header& header) const;
    Flow* flow_of(const Header& header);
    void send(Header header, Body body);
    Header header_for(MessageType type) const;
    ControllerActions take_actions();

    AgentId agent_;
    ControllerSessionSettings settings_;
    std::map<std::pair<Stream, uint64_t>, uint64_t> cursors_;  // durable, of every incarnation
    std::array<Flow, streams_count> flows_;
    State state_ = State::absent;
    ConnectionId connection_;
    uint64_t session_ = 0;
    std::string boot_id_;
    MonoTime heard_at_;
    MonoTime pinged_at_;
    std::optional<MonoTime> superseded_at_;
    ConnectionId refused_connection_;  // the last one told unknown_session, and which session it had meant
    uint64_t refused_session_ = 0;
    MonoTime refused_at_;
    ControllerActions actions_;
};

}  // namespace vigie::protocol
