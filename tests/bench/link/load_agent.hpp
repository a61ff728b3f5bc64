// One agent of the load: a real session on a real CURVE socket, with an outbox in memory. It does what agent/link does,
// without a loop of its own: whoever owns it calls drain() when a descriptor woke, sample() and tick() when they are
// due.
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "protocol/codec/codec.hpp"
#include "protocol/session/agent_session.hpp"
#include "protocol/transport/agent_socket.hpp"
#include "shared/os/clock.hpp"
#include "shared/os/random.hpp"

namespace vigie::load {

// What all agents of a process share.
struct World {
    const Clock& clock;
    Random& random;
    protocol::Context& context;
    std::string endpoint;
    std::string controller_key;
    std::string schema;
    size_t series = 0;
    bool is_alarming = false;

    // Counted over all agents.
    bool is_measuring = false;
    std::map<uint32_t, uint64_t> ack_latency{};  // tenths of a millisecond -> entries, while measuring
    uint64_t reopened = 0;
    uint64_t refused = 0;
    uint64_t renewed = 0;  // streams whose numbers the controller knew already: never in a sound run

    protocol::Moment now() { return {.mono = clock.mono(), .wall = clock.wall(), .random = random.next()}; }
};

// Entries are numbered from 1. What one holds is made when it is sent: its first value is its own number, so that the
// store can be asked for each of them.
class Outbox {
  public:
    explicit Outbox(uint64_t incarnation) : incarnation_(incarnation) {}

    struct Entry {
        WallTime sampled_at{};
        MonoTime made_at{};
        bool is_live = false;
    };
    void add(const Entry& entry) { entries_.push_back(entry); }
    const Entry* find(uint64_t seq) const;
    void drop_until(uint64_t seq);
    void note_outage();  // what is held waits for no ack of a usual kind
    protocol::StreamState state() const;
    uint64_t next_seq() const { return first_seq_ + entries_.size(); }
    uint64_t first_seq() const { return first_seq_; }
    uint64_t incarnation() const { return incarnation_; }
    WallTime newest_at() const { return newest_at_; }
    void note_newest(WallTime at) { newest_at_ = at; }

  private:
    uint64_t incarnation_;
    uint64_t first_seq_ = 1;
    WallTime newest_at_{};
    std::deque<Entry> entries_;
};

class LoadAgent {
  public:
    // `watch` is told of each socket that was opened, to wake the agent for its two descriptors.
    using Watch = std::function<void(const protocol::AgentSocket&)>;
    LoadAgent(World& world, std::string name, protocol::KeyPair keys, Watch watch);

    void start();
    void tick();
    void drain();
    void sample();
    // Entries as of an outage, with times between the newest and now. The next WELCOME's cursor is kept.
    void add_backlog(size_t count);
    // When the agent wants a new socket; open() is to be called then.
    std::optional<MonoTime> reopen_at() const { return reopen_at_; }
    void open();

    bool is_established() const { return session_.state() == protocol::AgentSession::State::established; }
    bool has_backlog() const { return outbox_.first_seq() <= backlog_until_; }
    uint64_t made() const { return outbox_.next_seq() - 1; }
    uint64_t acked() const { return outbox_.first_seq() - 1; }
    std::optional<uint64_t> resumed_at() const { return resumed_at_; }  // the first cursor after add_backlog()
    const std::string& name() const { return name_; }

  private:
    void run(protocol::AgentActions actions);
    void carry_out(protocol::SendMessage&& action);
    void carry_out(protocol::SendEntries&& action);
    void carry_out(protocol::MarkAcked&& action);
    void carry_out(protocol::RenewIncarnation&& action);
    void carry_out(protocol::Reopen&& action);
    void carry_out(protocol::SessionEstablished&& action);
    void carry_out(protocol::SessionRefused&& action);
    void carry_out(protocol::StartJob&&) {}
    void carry_out(protocol::CancelJob&&) {}
    void carry_out(protocol::KeyTold&&) {}
    void carry_out(protocol::PongTold&&) {}
    void on_event(protocol::SocketEvent event);
    void lose(std::string_view why, milliseconds retry_after = {});
    bool flush();
    std::string entry_bytes(uint64_t seq, const Outbox::Entry& entry) const;
    void note_acked(uint64_t seq);

    World& world_;
    const std::string name_;
    const protocol::KeyPair keys_;
    Watch watch_;
    Outbox outbox_;
    protocol::AgentSession session_;
    std::unique_ptr<protocol::AgentSocket> socket_;
    std::optional<MonoTime> reopen_at_;
    MonoTime opened_at_{};
    bool is_connected_ = false;
    std::deque<protocol::Frames> unsent_;
    std::deque<protocol::AgentAction> actions_;
    bool is_running_ = false;
    uint64_t backlog_until_ = 0;
    std::optional<uint64_t> resumed_at_;
    bool is_resuming_ = false;
};

}  // namespace vigie::load
