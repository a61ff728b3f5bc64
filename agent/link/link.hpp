// The agent's link to its controller: carries out what the session decides, over one socket at a time. A socket that
// failed is replaced after a jittered pause, endlessly. Everything on the loop's thread.
#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/link/link_keys.hpp"
#include "agent/outbox/outbox.hpp"
#include "protocol/codec/codec.hpp"
#include "protocol/session/agent_session.hpp"
#include "protocol/transport/agent_socket.hpp"
#include "shared/log/log.hpp"
#include "shared/loop/loop.hpp"
#include "shared/loop/resolve.hpp"
#include "shared/os/clock.hpp"
#include "shared/os/random.hpp"

namespace vigie::agent {

struct LinkOptions {
    std::string endpoint;      // tcp://HOST:PORT of the controller's main port
    protocol::Hello identity;  // without streams
    protocol::AgentSessionSettings session;
    // After the controller said that it does not know our key: an operator must act first, so trying often only fills
    // its log.
    milliseconds refused_retry{std::chrono::minutes{5}};
};

// A goodbye that is not answered by then went nowhere; a service manager waits for the agent's end meanwhile.
constexpr milliseconds goodbye_patience{500};

struct LinkCallbacks {
    std::function<void(const protocol::JobStart&)> start_job;
    std::function<void(const protocol::JobCancel&)> cancel_job;
    // The controller has seen numbers of this stream that the outbox did not give, or gave otherwise: the host was set
    // back. What was not acknowledged is sent under new numbers.
    std::function<void(protocol::Stream)> stream_renewed{};
    // An operation of the outbox failed. Called within the link's work: put off what changes the outbox.
    std::function<void(const Error&)> outbox_failed{};
    // The controller answered a ping: it is there.
    std::function<void(const protocol::Pong&)> pong_told{};
    // It is there, and does not want this agent.
    std::function<void()> turned_away{};
};

struct LinkStatus {
    protocol::AgentSession::State state = protocol::AgentSession::State::closed;
    std::optional<WallTime> established_since;
    std::optional<WallTime> last_ack_at;
    std::string last_trouble;  // why the last connection ended; "" when none did
    uint64_t reconnects = 0;
    uint64_t malformed_messages = 0;
};

class Link {
  public:
    // Keeps the references. start() connects.
    Link(Loop& loop, const protocol::Context& context, Outbox& outbox, LinkKeys& keys, const Clock& clock,
         Random& random, LinkOptions options, LinkCallbacks callbacks);
    ~Link();
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    void start();
    // The outbox of this stream has new entries.
    void notify_appended(protocol::Stream stream);
    // The outbox began anew, with other incarnations.
    void outbox_replaced();
    // Dropped when no session is up: only the newest matters.
    void send_progress(protocol::JobProgress progress);
    // New labels or jobs; told with a HELLO at once, or when a session is up again.
    void set_identity(protocol::Hello identity);
    // Tells the controller that this agent ends, and why; `then` is called once it has been heard, after
    // goodbye_patience, or at once when there is no session. Once only.
    void leave(protocol::Leaving leaving, Task then);
    LinkStatus status() const;

  private:
    protocol::Moment now();
    void run(protocol::AgentActions actions);
    void carry_out(protocol::SendMessage&& action);
    void carry_out(protocol::SendEntries&& action);
    void carry_out(protocol::MarkAcked&& action);
    void carry_out(protocol::RenewIncarnation&& action);
    void carry_out(protocol::Reopen&& action);
    void carry_out(protocol::SessionEstablished&& action);
    void carry_out(protocol::SessionRefused&& action);
    void carry_out(protocol::StartJob&& action);
    void carry_out(protocol::CancelJob&& action);
    void carry_out(protocol::KeyTold&& action);
    void carry_out(protocol::PongTold&& action);
    void carry_out(LinkKeys::Answer answer);
    void finish_leaving();

    void resolve();
    void open(const std::string& address);
    void close();
    void lose(const std::string& why, milliseconds retry_after = {});
    void note_turned_away();
    void drain_messages();
    void drain_events();
    void on_event(protocol::SocketEvent event);
    void on_frames(const protocol::FramePair& frames);
    void flush();
    void tick();
    void await_tick();
    std::vector<uint32_t> send_rows(const protocol::SendEntries& action, const std::vector<OutboxRow>& rows);
    void note_outbox(const Error* error);

    Loop& loop_;
    const protocol::Context& context_;
    Outbox& outbox_;
    LinkKeys& keys_;
    const Clock& clock_;
    Random& random_;
    const LinkOptions options_;
    const LinkCallbacks callbacks_;
    protocol::AgentSession session_;
    Resolver resolver_;
    Timer reopen_timer_;
    Timer handshake_timer_;
    Timer tick_timer_;
    Timer goodbye_timer_;
    int64_t left_at_unix_ms_ = 0;  // of the PING that said goodbye
    Task then_;                    // after leave()

    std::unique_ptr<protocol::AgentSocket> socket_;
    std::unique_ptr<DrainWatcher> messages_;  // destroyed before the socket
    std::unique_ptr<DrainWatcher> events_;
    std::deque<protocol::Frames> unsent_;
    MonoTime flush_again_at_;  // while something is unsent
    bool has_opened_ = false;  // the first opening is no reconnect
    bool is_full_ = false;     // the socket did not take something
    std::deque<protocol::AgentAction> actions_;
    bool is_running_ = false;
    std::string outbox_trouble_;
    log::Throttle ignored_{.lines_max = 5, .period = 60s};
    size_t address_turn_ = 0;
    LinkStatus status_;
};

}  // namespace vigie::agent
