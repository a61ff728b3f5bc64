// One agent and one controller, each around its session state machine, joined by a network that loses, repeats and
// reorders. Both sides crash at random and come back with what was durable; the controller may be restored from a
// checkpoint. All decided by one seed, in virtual time.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "protocol/session/agent_session.hpp"
#include "protocol/session/controller_session.hpp"

namespace vigie::simulation {

// How likely faults are, in percent, and which kinds there are. All of them end at calm_at.
struct Faults {
    int loss = 5;
    int repetition = 5;
    int delay_ms_max = 200;  // uniform, so that messages overtake each other
    int agent_crash = 2;     // each second
    int controller_crash = 2;
    int commit_failure = 3;  // of each commit
    int socket_full = 10;    // of each SendEntries
    bool has_restoration = false;
    bool has_new_outbox = false;
};

// What the outbox keeps on disk; nothing of it is lost in a crash.
struct OutboxStream {
    uint64_t incarnation = 0;
    uint64_t oldest = 1;
    uint64_t next = 1;
    uint64_t acked = 0;
    std::map<uint64_t, std::string> entries;
};

// What is durable at the controller of one (stream, incarnation).
struct Applied {
    uint64_t cursor = 0;
    std::map<uint64_t, std::string> entries;
    std::set<uint64_t> missing;  // named in gaps
};
using StoreKey = std::pair<protocol::Stream, uint64_t>;
using Store = std::map<StoreKey, Applied>;
std::string name_of(const StoreKey& key);

class SessionSimulation {
  public:
    SessionSimulation(uint64_t seed, Faults faults);

    // Runs to the end. Returns what is wrong, "" when all holds.
    std::string run();
    uint64_t applied_count() const;

  private:
    struct Commit {
        StoreKey key;
        uint64_t first = 0;
        uint64_t last = 0;
        std::string entry;
        bool is_gap = false;
    };

    // the world
    bool chance(int percent) { return is_faulty() && static_cast<int>(random_() % 100) < percent; }
    bool is_faulty() const;
    void after(milliseconds delay, std::function<void()> event);
    protocol::Moment moment();
    void each_second();
    void found(std::string problem);
    void deliver(std::function<void()> event);

    // the agent's side
    void start_agent();
    void crash_agent();
    void append_entry();
    void trim(OutboxStream& stream);
    void act(protocol::AgentActions actions);
    void do_action(const protocol::SendMessage& action);
    void do_action(const protocol::SendEntries& action);
    void do_action(const protocol::MarkAcked& action);
    void do_action(const protocol::RenewIncarnation& action);
    void do_action(const protocol::Reopen& action);
    void do_action(const protocol::SessionEstablished&) {}
    void do_action(const protocol::SessionRefused&) {}
    void do_action(const protocol::StartJob&) {}
    void do_action(const protocol::CancelJob&) {}
    void do_action(const protocol::KeyTold&) {}
    void do_action(const protocol::PongTold&) {}
    protocol::StreamState state_of(protocol::Stream stream) const;
    OutboxStream& outbox(protocol::Stream stream) { return outbox_[static_cast<size_t>(stream)]; }

    // the controller's side
    void start_controller();
    void crash_controller();
    void act(protocol::ControllerActions actions);
    void do_action(const protocol::SendTo& action);
    void do_action(const protocol::Apply& action);
    void do_action(const protocol::ApplyGap& action);
    void do_action(const protocol::SessionOpened&) {}
    void do_action(const protocol::SessionClosed&) {}
    void do_action(const protocol::SessionSuperseded& action);
    void do_action(const protocol::CutConnection&) {}
    void do_action(const protocol::ProgressReported&) {}
    void do_action(const protocol::KeyReported&) {}
    void queue_commit(Commit commit);
    void commit();
    void fail_commit(StoreKey key);
    void write(const Commit& commit);

    void check_end();
    void check_applied(const StoreKey& key, const Applied& applied);

    std::mt19937_64 random_;
    Faults faults_;
    MonoTime now_{};
    std::multimap<MonoTime, std::function<void()>> events_;
    std::string problem_;

    std::array<OutboxStream, protocol::streams_count> outbox_;
    std::map<StoreKey, std::map<uint64_t, std::string>> written_;  // every entry ever numbered
    std::map<StoreKey, std::set<uint64_t>> dropped_;               // that the outbox let go
    std::unique_ptr<protocol::AgentSession> agent_;
    uint64_t agent_life_ = 0;  // events of an earlier process are void
    uint64_t connection_ = 0;  // 0: no socket

    Store store_;
    Store checkpoint_;
    bool was_restored_ = false;
    std::vector<Commit> queue_;
    std::unique_ptr<protocol::ControllerSession> controller_;
    uint64_t controller_life_ = 0;
};

}  // namespace vigie::simulation
