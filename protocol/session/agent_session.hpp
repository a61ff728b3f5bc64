// The agent's end of a session, as a pure state machine: no I/O, no clock, no thread. The link (agent/link) feeds it
// what happens and carries out the actions that each input returns, in their order.
//
// States
//   closed       no socket. Entered at the start and by a Reopen action; left by on_connected.
//   greeting     HELLO is out. Left by WELCOME (-> established), REFUSE or silence of welcome_timeout (-> closed).
//   established  a session number is agreed; entries flow. Left by REFUSE, three silent intervals, on_disconnected, or
//                a stream with a new incarnation or a new identity (-> greeting on the same socket).
// Messages that don't fit the state or carry another session's number are ignored.
//
// Sending. One SendEntries is open at a time, so that results overtake a backlog of metrics or logs at the next report.
// Of each stream at most `credit_bytes` may be under way after the last ack. An entry counts as sent when
// on_entries_sent says so, and as safe when an Ack for it arrives.
//   ACK        -> MarkAcked, and more is sent.
//   GO_BACK    -> sending starts again at header.seq.
//   no ACK for ack_timeout although something is under way -> sending starts again behind the last ack.
//   the controller's cursor is below what was acked (it was restored from a checkpoint) -> sending starts again there;
//              what the outbox no longer holds is named in a GAP.
//   the controller's cursor is past the outbox's end (the *agent* was restored, or the controller saw in the
//              generations that it was) -> RenewIncarnation: the numbers have been used, so the outbox must take a new
//              incarnation and number from 1 what is not acked. Repeated each tick until on_stream_changed names the
//              new incarnation; HELLO follows once no stream waits for its own.
#pragma once
#include <array>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/messages/messages.hpp"
#include "protocol/session/moment.hpp"

namespace vigie::protocol {

struct AgentSessionSettings {
    seconds backoff_first{1};
    seconds backoff_max{60};
    seconds welcome_timeout{30};  // a controller that 10,000 agents greet at once takes longer than a handshake's 10 s
    seconds ack_timeout{30};      // longer than a stalled disk of the controller usually takes
    int silent_intervals_max = 3;
    milliseconds retry_every{1000};  // what the socket or the outbox could not do
    // Of one SendEntries: how long a result may have to wait behind metrics. Not below body_bytes_max, or the largest
    // entry could never be sent.
    uint32_t chunk_bytes_max = body_bytes_max;
    uint32_t chunk_entries_max = 256;
    // Of a stream: 512 in the 20 ms from a batch to its ack are 25,000 entries a second. Not above the controller's
    // window_entries_max, which would drop the rest.
    uint32_t entries_under_way_max = 512;
    uint32_t heartbeat_interval_ms = 10'000;  // until WELCOME says otherwise
};

// ---- what the link must do ----
struct SendMessage {
    Message message;
};
// Read entries of the stream from from_seq upward, stop before bytes_max or entries_max is passed, send each as a batch
// with this header (fill in seq), then call on_entries_sent. When the outbox no longer holds from_seq: call
// on_stream_changed, then on_entries_sent with no sizes.
struct SendEntries {
    Header header;
    uint64_t from_seq = 0;
    uint64_t bytes_max = 0;
    uint32_t entries_max = 0;
};
// Everything up to seq is durable at the controller. May go down once, after the controller was restored from a backup.
struct MarkAcked {
    Stream stream = Stream::results;
    uint64_t incarnation = 0;
    uint64_t seq = 0;
};
// Give the stream's outbox a new incarnation, number from 1 what was not acked (entries it dropped unacked keep their
// place, and show as a gap), then call on_stream_changed.
struct RenewIncarnation {
    Stream stream = Stream::results;
    uint64_t incarnation = 0;  // the one that is used up
};
// Close the socket if there is one, wait for `delay`, open a new one, call on_connected.
struct Reopen {
    milliseconds delay{0};
    std::string why;
};
struct SessionEstablished {
    Welcome welcome;
    uint64_t session = 0;
};
struct SessionRefused {  // for the log and the agent's own metrics; a Reopen or a new HELLO follows by itself
    Refuse refuse;
};
struct StartJob {
    JobStart start;
};
struct CancelJob {
    JobCancel cancel;
};
// The controller speaks of keys; what is to be said of them goes back through tell_key().
struct KeyTold {
    KeyMessage message;
};
// The controller answered a PING.
struct PongTold {
    Pong pong;
};
using AgentAction = std::variant<SendMessage, SendEntries, MarkAcked, RenewIncarnation, Reopen, SessionEstablished,
                                 SessionRefused, StartJob, CancelJob, KeyTold, PongTold>;
using AgentActions = std::vector<AgentAction>;

class AgentSession {
  public:
    enum class State { closed, greeting, established };

    // `identity` is the HELLO without its streams; they come from the outbox's states, at most one of each stream.
    AgentSession(Hello identity, const std::vector<StreamState>& streams, AgentSessionSettings settings = {});

    // The openings of the outbox, for HELLO. To be told before anything else, and whenever a stream takes a new
    // incarnation, before on_stream_changed.
    void set_generations(std::vector<Generation> generations) { generations_ = std::move(generations); }
    // The first Reopen, at once.
    [[nodiscard]] AgentActions start(const Moment& moment);
    // A socket is open: says HELLO.
    [[nodiscard]] AgentActions on_connected(const Moment& moment);
    // The socket failed, or its handshake did: Reopen, not before `retry_after` (a refused key is worth minutes).
    [[nodiscard]] AgentActions on_disconnected(const Moment& moment, std::string_view why,
                                               milliseconds retry_after = {});
    // Any message of the controller.
    [[nodiscard]] AgentActions on_message(const Message& message, const Moment& moment);
    // To be called when tick_due() says, or at any other time.
    [[nodiscard]] AgentActions on_tick(const Moment& moment);
    // When on_tick has something to do, if nothing else happens before; to be asked again after each input. Nothing:
    // only another input changes anything.
    std::optional<MonoTime> tick_due() const;
    // The outbox of a stream got entries, lost its oldest or took a new incarnation.
    [[nodiscard]] AgentActions on_stream_changed(const StreamState& state, const Moment& moment);
    // Answer to SendEntries: the body sizes of the entries from_seq, from_seq + 1… that the socket took. None at all
    // (the socket is full, or the next entry is larger than bytes_max) pauses the stream until a tick, an ack or
    // on_writable.
    [[nodiscard]] AgentActions on_entries_sent(Stream stream, uint64_t from_seq, const std::vector<uint32_t>& sizes,
                                               const Moment& moment);
    [[nodiscard]] AgentActions on_writable(const Moment& moment);
    // Sends a job's progress if a session is up; otherwise it is dropped: only the newest matters.
    [[nodiscard]] AgentActions report_progress(JobProgress progress, const Moment& moment);

    // Dropped unless a session of a version that has such messages is up: the next one begins with them again.
    [[nodiscard]] AgentActions tell_key(KeyMessage message, const Moment& moment);
    // Says goodbye, if a session is up: a PING, which is answered at once.
    [[nodiscard]] AgentActions leave(Leaving leaving, const Moment& moment);
    // Ends the session, if there is one, for a new one on a new connection: another key is to be used.
    [[nodiscard]] AgentActions reconnect(const Moment& moment, std::string why);

    State state() const { return state_; }
    uint64_t session() const { return session_; }
    // Of the HELLO, for labels and jobs after a configuration reload. An established session greets anew on its socket:
    // it may last for months, and the controller would not know of the jobs.
    [[nodiscard]] AgentActions set_identity(Hello identity, const Moment& moment);
    uint64_t bytes_under_way(Stream stream) const;

  private:
    struct UnderWay {
        uint64_t last_seq = 0;  // of a batch its seq, of a gap its last missing
        uint64_t bytes = 0;
    };
    struct Flow {
        bool is_known = false;             // the outbox has this stream
        bool is_awaiting_renewal = false;  // RenewIncarnation is out
        bool is_paused = false;            // the socket was full
        MonoTime retry_at;                 // while either is so
        StreamState state;
        uint64_t acked = 0;
        uint64_t acked_highest = 0;  // above acked after the controller was restored
        uint64_t next_to_send = 1;
        uint64_t credit_bytes = 0;
        uint64_t bytes_under_way = 0;
        std::deque<UnderWay> under_way;
        MonoTime progressed_at;  // last ack, or the first send after an idle time
    };

    void on_welcome(const Header& header, const Welcome& welcome, const Moment& moment);
    void on_refuse(const Refuse& refuse, const Moment& moment);
    void on_session_message(const Message& message, const Moment& moment);
    void on_ack(const Header& header, const Moment& moment);
    void on_go_back(const Header& header, const Moment& moment);
    void take_cursor(Flow& flow, const Welcome& welcome, const Moment& moment);
    void ask_for_renewal(Flow& flow, const Moment& moment);
    void acknowledge(Flow& flow, uint64_t seq, const Moment& moment);
    static void rewind(Flow& flow, uint64_t seq);
    void greet(const Moment& moment);
    void pump(const Moment& moment);
    bool pump_stream(Flow& flow, const Moment& moment);
    void send_gap(Flow& flow, uint64_t last, GapReason reason, const Moment& moment);
    void ping_after(milliseconds pause, const Moment& moment);
    void send(Body body);
    void reopen(const Moment& moment, std::string why, milliseconds at_least = {});
    void resend_what_nobody_acked(const Moment& moment);
    void unpause();
    bool has_key_changes() const { return version_ >= version_with_key_changes; }
    AgentActions take_actions() { return std::exchange(actions_, {}); }
    Header header_for(MessageType type) const;
    Header header_for(MessageType type, const Flow& flow, uint64_t seq) const;
    Flow& flow(Stream stream) { return flows_[static_cast<size_t>(stream)]; }
    Flow* flow_of(const Header& header);

    AgentSessionSettings settings_;
    Hello identity_;
    std::vector<Generation> generations_;
    std::array<Flow, streams_count> flows_;
    State state_ = State::closed;
    uint64_t session_ = 0;
    uint64_t previous_session_ = 0;
    std::optional<Stream> sending_;  // the SendEntries that is open
    uint8_t version_ = protocol_version_max;
    std::optional<MonoTime> trouble_since_;  // the first Reopen after a session that lasted for a heartbeat interval
    milliseconds heartbeat_interval_{0};
    MonoTime heard_at_;
    MonoTime pinged_at_;
    MonoTime greeted_at_;
    MonoTime established_at_;
    AgentActions actions_;
};

}  // namespace vigie::protocol
