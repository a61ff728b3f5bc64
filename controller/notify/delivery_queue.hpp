// What to send when, and what an answer means: groups that wait, targets that answer. Pure: time comes in, and chance
// from an injected Random.
#pragma once
#include <algorithm>
#include <memory>
#include <optional>
#include <set>

#include "controller/notify/attempt.hpp"
#include "controller/notify/channel.hpp"
#include "controller/notify/group.hpp"
#include "shared/os/random.hpp"

namespace vigie::controller::notify {

// The first wait is up to this, and each further one up to twice as much, until the most.
constexpr milliseconds backoff_base{1'000};
// A receiver that comes back hears within a minute what it missed.
constexpr milliseconds backoff_max{60'000};
// A receiver may ask for patience, but not for ever.
constexpr milliseconds retry_after_max = std::chrono::hours{1};
// At 50 ms an answer this is 160 messages a second to one receiver; a failing one gets a single probe.
constexpr size_t in_flight_max = 8;
// A group that is told of at once has no ticks of its own: how soon it hears that a silence, an interval or an
// inhibition ended.
constexpr seconds look_again_after{15};

struct Delivery {
    uint64_t number = 0;  // for the answer
    std::string target;
    Message message;
    std::string idempotency_key;        // the same for every attempt at the same message
    std::set<std::string> done_with{};  // of a mail: recipients that are to be left out this time (Answer::done_with)
};

struct GivenUp {
    uint64_t number = 0;                // of the outbox row
    alerts::Notification notification;  // with the target's name as its receiver
    int status = 0;                     // HTTP's; 0 when it was never sent
    std::string reason;
};

// What the store is to be told, since the last take_settled().
struct Settled {
    std::vector<uint64_t> done;  // rows that are told of, superseded or not wanted: to be erased
    std::vector<GivenUp> given_up;
    std::set<ToldKey> told;               // whose rows changed: told_of() has what is to stand there
    std::vector<Attempt> attempts;        // what receivers answered
    std::vector<std::string> left_out{};  // whom a mail will never be taken for: for the log, not for the store
    bool is_empty() const { return done.empty() && given_up.empty() && told.empty() && attempts.empty(); }
    void add(Settled&& other);
};

class DeliveryQueue {
  public:
    using Target = notify::Target;
    struct Counts {
        size_t waiting = 0;  // groups that have something to tell, by target
        size_t in_flight = 0;
        uint64_t delivered = 0;
        uint64_t retried = 0;
        uint64_t superseded = 0;
        uint64_t given_up = 0;
    };
    struct TargetState {
        std::string name;
        unsigned failures = 0;     // in a row
        std::string last_problem;  // "" once it answers well
    };

    // Targets that are not of the file hear of each alert by itself and at once; `routing` (kept; nullptr: no file)
    // says what the others hear.
    DeliveryQueue(std::vector<Target> targets, Random& random, const routing::Routing* routing = nullptr);

    // At the start, in this order, each before the first add(): what targets were told, and the alerts that are open.
    // `is_told`: by a release that kept no record of it.
    void recall(ToldKey key, Told told) { recalled_.insert_or_assign(std::move(key), std::move(told)); }
    void seed(const alerts::Notification& notification, bool is_told, Now now);
    // From now on rows are new. Gives records of groups that are no more and were last told before `old`; not of alerts
    // that are open: whoever was called hears of the end, however late.
    void begin(WallTime old);

    // Rows in the order of their numbers, each once. One with a receiver is only for the target of that name, or those
    // of the file's receiver of that name, by itself and at once.
    // `is_unrecorded`: it is of a release that kept no record of what it told.
    void add(uint64_t number, alerts::Notification notification, Now now, bool is_unrecorded = false);
    void set_silences(std::vector<routing::Silence> silences, Now now);
    void set_maintenance(maintenance::InForce maintenance, Now now);
    void set_in_hand(InHand in_hand, Now now);
    // What is to be sent now; each is in flight until finish().
    std::vector<Delivery> take_due(Now now);
    // Of one in flight: what its record is to say besides the answer.
    void note(uint64_t number, std::string text);
    // Gives the problem when the target refused the message for good, and it waits for its group's next turn; the call
    // of an escalation for backoff_max.
    std::optional<std::string> finish(const Answer& answer, Now now);
    // When take_due() may give something again; nullopt when nothing waits.
    std::optional<MonoTime> next_due() const;
    Settled take_settled();
    // nullptr: nothing is to stand there.
    const Told* told_of(const ToldKey& key) const;

    Counts counts() const;
    std::vector<TargetState> targets() const;

  private:
    using GroupKey = std::pair<const routing::Route*, std::string>;
    struct Waiting {
        MonoTime not_before;
        uint64_t order;
        Group* group;
        size_t lane;
        auto operator<=>(const Waiting&) const = default;
    };
    // Of one time in the order that the groups came in, not of where they stand in memory: a simulation replays.
    struct Flush {
        MonoTime at;
        uint64_t number;
        Group* group;
        auto operator<=>(const Flush&) const = default;
    };
    struct Line {  // one target
        Target target;
        std::set<Waiting> waiting;
        size_t in_flight = 0;
        unsigned failures = 0;
        MonoTime not_before{};
        MonoTime asked_until{};  // Retry-After: holds too when a message that was under way then is taken
        std::string last_problem;
        MonoTime ready_at() const { return std::max(not_before, asked_until); }
    };

    std::vector<const routing::Route*> routes_for(const alerts::Notification& notification) const;
    std::vector<size_t> targets_of(const routing::Route& route) const;
    Group* group_for(const routing::Route& route, const alerts::Notification& notification, Now now);
    void insert(Group& group, const alerts::Notification& notification, std::optional<uint64_t> number, Now now);
    void note_missed(Group& group, const alerts::Notification& notification, const Member* member);
    void schedule(Group& group, MonoTime at);
    void look_at_hidden(Now now);
    void flush(Group& group, Now now);
    void tidy(Group& group);
    void release(uint64_t number);
    void enqueue(Group& group, size_t lane);
    void dequeue(Group& group, size_t lane);
    std::optional<Delivery> next_of(Line& line, Now now);
    void record(Group& group, Lane& lane, Told told);
    void on_taken(Group& group, Lane& lane, Now now);
    void on_given_up(Line& line, Group& group, Lane& lane, const Answer& answer, Now now);
    void on_retry(Line& line, Group& group, size_t lane, const Answer& answer, MonoTime now);
    milliseconds backoff(unsigned failures);

    Random& random_;
    const routing::Routing* routing_;
    Suppression suppression_;
    std::vector<Line> lines_;
    std::vector<std::unique_ptr<routing::Route>> own_routes_;  // of targets that are not of the file, by their places
    std::map<std::string, std::unique_ptr<routing::Route>> called_routes_;  // of the file's receivers, to call them
    std::map<GroupKey, std::unique_ptr<Group>> groups_;
    std::set<Flush> flushes_;
    std::map<uint64_t, unsigned> rows_;  // in how many groups they are
    std::map<uint64_t, std::pair<Group*, size_t>> flying_;
    std::map<ToldKey, Told> recalled_;
    std::set<std::string> open_at_start_;  // alerts
    std::map<ToldKey, Told> told_;
    bool is_loading_ = true;
    uint64_t next_order_ = 1;
    uint64_t next_group_ = 1;
    uint64_t next_flight_ = 1;
    size_t groups_in_debt_ = 0;
    Settled settled_;
    Counts counts_;
};

}  // namespace vigie::controller::notify
