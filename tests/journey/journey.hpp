// The world of the journey test: one host, one wire, one controller, simulated time.
#pragma once
#include <boost/test/unit_test.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/app/sample_path.hpp"
#include "agent/outbox/agent_state.hpp"
#include "controller/app/rule_thread.hpp"
#include "controller/app/sample_path.hpp"
#include "controller/fleet/fleet.hpp"
#include "controller/link/link_thread.hpp"
#include "controller/notify/notifier.hpp"
#include "controller/store/memory_store.hpp"
#include "protocol/session/agent_session.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/temp_folder.hpp"

namespace vigie::journey {

// Frames wait here in order until somebody takes them. A lost connection takes what is under way with it.
struct Wire {
    bool is_up = true;  // false: connection attempts get no answer
    bool repeats_batches = false;
    uint64_t connection = 0;  // 0: none
    std::deque<protocol::Frames> to_controller;
    std::deque<protocol::Frames> to_agent;

    void open();
    void lose();

  private:
    uint64_t opened_ = 0;
};

struct Outside {  // what both ends live in
    tests::ManualClock clock;
    tests::SeededRandom random{7};
    Wire wire;
    protocol::Moment now() { return {clock.mono(), clock.wall(), random.next()}; }
};

// The agent's process: its rooms and what agent/link does with a session's actions.
class Agent {
  public:
    // `folder` holds the outbox and, in proc/, the fixture of /proc.
    Agent(const std::string& folder, Outside& outside);

    uint64_t read();  // stops 1 to 5; gives the entry's number
    bool take_frames();
    void tick();
    agent::Outbox& outbox() { return state_->outbox(); }

  private:
    void run(protocol::AgentActions actions);
    void carry_out(const protocol::SendMessage& action);
    void carry_out(const protocol::SendEntries& action);
    void carry_out(const protocol::MarkAcked& action);
    void carry_out(const protocol::RenewIncarnation& action);
    void carry_out(const protocol::Reopen& action);
    template <typename Other>
    void carry_out(const Other&) {}  // news, and jobs that nobody starts here

    Outside& outside_;
    std::unique_ptr<agent::AgentState> state_;
    std::unique_ptr<agent::CollectorSet> collectors_;
    std::unique_ptr<protocol::AgentSession> session_;
    std::deque<protocol::AgentAction> actions_;
    bool is_running_ = false;
    uint64_t connection_ = 0;
    std::optional<MonoTime> reopens_at_;
};

struct Arrived {  // what stop 6 gives
    AgentId agent;
    protocol::Stream stream;
    uint64_t incarnation;
    uint64_t seq;
    std::string entry;
};

// The controller's process: all of it but the store, which outlives it as a disk does.
class Controller final : public controller::AfterCommit,
                         public controller::BatchSink,
                         public controller::LinkObserver,
                         public controller::Outlet,
                         public controller::JobSender {
  public:
    Controller(controller::MemoryStore& store, controller::notify::Channel& channel, Outside& outside);
    ~Controller() override;

    bool take_frames();                                  // stop 6
    size_t commit();                                     // stops 7 to 10; how many commits it took
    void notify() { notifier_->turn(milliseconds{0}); }  // stop 11
    void tick();
    void evaluate_rules();  // the groups that are due; what comes of them waits for commit()
    size_t queued() const { return commits_.queued(); }

    controller::Records& records() { return *records_; }
    controller::SamplePath& path() { return path_; }
    std::vector<Arrived> arrived;  // all that stop 6 gave

  private:
    // BatchSink: notes it and gives it to the sample path.
    bool offer(const AgentId& agent, protocol::Stream stream, uint64_t incarnation, uint64_t seq,
               const std::string& entry_bytes) override;
    bool offer_gap(const AgentId& agent, protocol::Stream stream, uint64_t incarnation, uint64_t first_seq,
                   uint64_t last_seq, protocol::GapReason reason) override;
    bool offer_generations(const AgentId& agent, const std::vector<protocol::Generation>& generations) override;
    // AfterCommit
    void durable(const AgentId& agent, protocol::Stream stream, uint64_t incarnation, uint64_t seq) override;
    void apply_failed(const AgentId& agent, protocol::Stream stream, uint64_t incarnation) override;
    void samples_stored(std::span<const uint32_t> groups, WallTime sampled_at) override {
        rule_groups_.arrived(groups, sampled_at);
    }
    void wake_notifier() override { notifier_->wake(); }
    controller::JobSender& job_sender() override { return *this; }
    // LinkObserver
    void heard(const AgentId& agent, MonoTime at) override;
    void connected(const AgentId& agent, const controller::HelloFacts& facts) override;
    void disconnected(const AgentId& agent, const std::string&) override { fleet_.disconnected(agent); }
    void superseded(const AgentId&, bool) override {}
    void progressed(const AgentId&, const protocol::JobProgress&) override {}
    void enrolled(const AgentId&) override {}
    // Outlet
    protocol::Sent send(const protocol::ConnectionId& connection, const protocol::Frames& frames) override;
    void cut(const protocol::Connection& connection) override;
    // JobSender: no plan starts anything here.
    void start(const AgentId&, const protocol::JobStart&, std::optional<uint64_t>) override {}
    void cancel(const AgentId&, const protocol::JobCancel&) override {}

    void note(const std::optional<controller::HostTransition>& transition);
    void submit(std::function<Result<controller::alerts::Applied>(controller::StoreBatch&)> change);

    Outside& outside_;
    controller::MemoryStore& store_;
    controller::DirectCommitter commits_;
    std::unique_ptr<controller::Records> records_;
    controller::RuleGroups rule_groups_;
    controller::SamplePath path_;
    controller::StoreCursors cursors_;
    controller::Hub hub_;
    controller::Fleet fleet_;
    std::unique_ptr<controller::notify::Notifier> notifier_;
};

// The on-call channel: answers each post at once with `status`.
struct OnCall final : controller::notify::Channel {
    int status = 200;
    std::vector<controller::notify::Request> requests;

    void start(uint64_t number, const controller::notify::Request& request) override;
    std::vector<controller::notify::Answer> wait(milliseconds) override { return std::exchange(ready_, {}); }
    void wake() override {}

  private:
    std::vector<controller::notify::Answer> ready_;
};

// The fixture of the cases. It begins with both ends running and a session between them.
struct Journey : Outside {
    Journey();

    // ---- the host ----
    void set_available_kib(uint64_t kib);  // writes proc/meminfo
    std::string meminfo() const;
    void read();  // a reading, and its time into read_at

    // ---- time: each second both ends tick and settle ----
    void wait(seconds time);
    void run_for(seconds time);  // with a reading every ten seconds, the first one now
    void settle();               // frames, commits and posts, until nothing moves

    // ---- accidents ----
    void crash_agent();
    void crash_controller();
    void copy_outbox(const std::string& to);      // the agent stops, and starts again
    void set_host_back(const std::string& copy);  // the agent stops; its outbox is the copy from now on

    // ---- what came of it ----
    std::vector<std::string> pages() const;  // "firing LowMemory", in the order of their posts
    std::string page_key(size_t number) const;
    controller::alerts::AlertRecord alert(std::string_view name) const;
    std::vector<std::string> stored_at() const;  // the times of the stored readings, one for each row
    uint64_t cursor() const;                     // how far the metrics stream is durable
    size_t owed_pages() const;

    tests::TempFolder folder;
    controller::MemoryStore store;
    OnCall on_call;
    std::unique_ptr<Agent> agent;
    std::unique_ptr<Controller> controller;
    std::vector<std::string> read_at;
    uint64_t available_kib = 0;
};

inline const AgentId host{"web-1"};

// The value, or the end of the test with the error's sentence.
template <typename T>
T must(Result<T> result) {
    BOOST_REQUIRE_MESSAGE(result.has_value(), (result ? "" : result.error().message));
    return std::move(*result);
}

}  // namespace vigie::journey
