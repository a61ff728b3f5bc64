// The thread that owns the controller's ROUTER sockets. It never waits for the disk: entries go to the sink, and acks
// follow when durable() is told. Pings are answered here, so a stalled commit stops no heartbeat.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "controller/link/enrolment.hpp"
#include "controller/link/hub.hpp"
#include "controller/store/committer.hpp"
#include "protocol/transport/zap.hpp"
#include "shared/os/clock.hpp"
#include "shared/os/random.hpp"

namespace vigie::controller {

struct LinkThreadOptions {
    std::string listen;        // tcp://0.0.0.0:7411; port 0 takes a free one
    std::string enrol_listen;  // of enrolment
    // Told to agents at enrolment. Empty: `listen`; an agent replaces 0.0.0.0 by the host it enrolled at.
    std::string public_endpoint;
    protocol::KeyPair keys;
    std::string next_key;  // the public key that will follow; "" when there is none
    protocol::ControllerSessionSettings session;
    protocol::ZapLimits zap;
    EnrolmentNote note_enrolment;  // may be empty
    int io_threads = 1;
    milliseconds tick{1s};
};

// A session that is to end is cut this long after its REFUSE was sent, so that the host can still read why.
constexpr milliseconds cut_after{200};

// How many agents may be connected at once to a process that may have so many file descriptors.
size_t room_for_agents(size_t descriptors);

class LinkThread {
  public:
    // Loads the agents' keys and listens. Keeps the references; sink, cursors and observer are called on the thread.
    static Result<std::unique_ptr<LinkThread>> open(const LinkThreadOptions& options, const StateStore& store,
                                                    CommitQueue& commits, BatchSink& sink, CursorSource& cursors,
                                                    LinkObserver& observer, const Clock& clock, Random& random);
    ~LinkThread();  // stops
    LinkThread(const LinkThread&) = delete;
    LinkThread& operator=(const LinkThread&) = delete;

    void start();
    // Ends the thread. What others tell it from then on is dropped, so commits under way may finish after it.
    void stop();

    // Where it listens, with the real ports.
    const std::string& endpoint() const;
    const std::string& enrol_endpoint() const;

    // Any thread. They wait while commands_max are queued, which the link thread takes in microseconds each.
    void durable(AgentId agent, protocol::Stream stream, uint64_t incarnation, uint64_t seq);
    void apply_failed(AgentId agent, protocol::Stream stream, uint64_t incarnation);
    void start_job(AgentId agent, protocol::JobStart start, std::optional<uint64_t> results_incarnation);
    void cancel_job(AgentId agent, protocol::JobCancel cancel);
    // After revoke_agent is committed, with the keys that it gives: they are refused from now on, and a session of
    // theirs is cut within cut_after. A host that has been enrolled with another key since stays.
    void revoke(AgentId agent, std::vector<std::string> public_keys);
    // After ask_rotation is committed.
    void ask_rotation(AgentId agent);
    // Tells all hosts of the controller's next public key; "" takes it back.
    void announce_next_key(std::string public_key);
    // Both ports use these keys from now on, and all sessions are cut: hosts come back with whichever key they know.
    // `then` hears on the link's thread whether the ports are open again; when not, nobody can connect any more.
    void use_keys(protocol::KeyPair keys, std::function<void(const Result<void>&)> then);

    struct Counts {
        protocol::ZapThread::Counts handshakes;
        uint64_t dropped_messages = 0;    // of wrong shape
        uint64_t malformed_messages = 0;  // of wrong content
        uint64_t enrolments_refused = 0;
        size_t sessions = 0;
        size_t held_entries = 0;
    };
    Counts counts() const;  // any thread; of about a second ago

  private:
    struct State;
    explicit LinkThread(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// Reads Family::cursor, where ingest keeps what it applied.
class StoreCursors final : public CursorSource {
  public:
    explicit StoreCursors(const StateStore& store) : store_(store) {}
    Result<std::vector<protocol::StreamCursor>> cursors_of(const AgentId& agent) override;

  private:
    const StateStore& store_;
};

}  // namespace vigie::controller
