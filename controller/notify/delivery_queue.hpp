// What to send when, and what an answer means. Pure: time comes in, and chance from an injected Random.
#pragma once
#include <deque>
#include <optional>
#include <set>

#include "controller/alerts/notification.hpp"
#include "controller/notify/channel.hpp"
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

struct Delivery {
    uint64_t number = 0;  // of the outbox row
    alerts::Notification notification;
};

struct GivenUp {
    uint64_t number = 0;
    alerts::Notification notification;
    int status = 0;  // HTTP's; 0 when it was never sent
    std::string reason;
};

// Rows that are finished, since the last take_settled().
struct Settled {
    std::vector<uint64_t> done;  // delivered, superseded or not wanted: to be erased
    std::vector<GivenUp> given_up;
    bool is_empty() const { return done.empty() && given_up.empty(); }
};

class DeliveryQueue {
  public:
    struct Target {
        std::string name;
        bool is_resolved_sent = true;
    };
    struct Counts {
        size_t waiting = 0;  // alerts with a message that waits, by receiver
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

    DeliveryQueue(std::vector<Target> targets, Random& random);

    // Rows in the order of their numbers, each once.
    void add(uint64_t number, alerts::Notification notification);
    // What is to be sent now; each is in flight until finish().
    std::vector<Delivery> take_due(MonoTime now);
    void finish(const Answer& answer, MonoTime now);
    // When take_due() may give something again; nullopt when nothing waits.
    std::optional<MonoTime> next_due() const;
    Settled take_settled();

    Counts counts() const;
    std::vector<TargetState> targets() const;

  private:
    struct Item {
        uint64_t number = 0;
        alerts::Notification notification;
    };
    // All that waits about one alert for one receiver: at most one message in flight and one newer.
    struct Lane {
        Item item;
        bool is_in_flight = false;
        std::optional<Item> newer;
        unsigned attempts = 0;
        MonoTime not_before{};
    };
    struct Line {  // one receiver
        Target target;
        std::map<std::string, Lane> lanes;                              // by alert
        std::set<std::tuple<MonoTime, uint64_t, std::string>> waiting;  // not before, number, alert
        size_t in_flight = 0;
        unsigned failures = 0;
        MonoTime not_before{};
        std::string last_problem;
    };

    bool is_unwanted(const Line& line, const Item& item) const {
        return item.notification.is_resolved && !line.target.is_resolved_sent;
    }
    milliseconds backoff(unsigned failures);
    void enqueue(Line& line, const std::string& alert, Lane& lane);
    void settle_superseded(uint64_t number);
    void on_delivered(Line& line, const std::string& alert);
    void on_given_up(Line& line, const std::string& alert, const Answer& answer);
    void on_retry(Line& line, const std::string& alert, const Answer& answer, MonoTime now);

    Random& random_;
    std::map<std::string, Line> lines_;
    std::map<uint64_t, std::pair<std::string, std::string>> flying_;  // number -> receiver, alert
    Settled settled_;
    Counts counts_;
};

}  // namespace vigie::controller::notify
