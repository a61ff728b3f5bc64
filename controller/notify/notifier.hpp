// Delivers Family::outbox on a thread of its own.
#pragma once
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "controller/notify/channels/telling.hpp"
#include "controller/notify/failed_rows.hpp"
#include "controller/notify/receiver.hpp"
#include "controller/store/committer.hpp"
#include "shared/os/clock.hpp"

namespace vigie::controller::notify {

struct NotifierOptions {
    std::vector<Receiver> receivers;
    std::string external_url;                   // in messages: where people reach this controller
    const routing::Routing* routing = nullptr;  // of alertmanager.yml; outlives the notifier
    alerts::Labels external_labels{};           // as the book adds them to what it owes
    const maintenance::Maintenance* maintenance = &maintenance::no_maintenance;  // outlives the notifier
    std::optional<Request> heartbeat{};                                          // what beat() sends
};

struct NotifierStatus {
    struct Target {
        std::string name;
        std::string address;  // without the URL's path
        unsigned failures = 0;
        std::string last_problem;
        std::string receiver{};  // that it is a channel of, as escalations and routes name it
    };
    DeliveryQueue::Counts counts;
    std::vector<Target> targets;
    uint64_t unreadable_rows = 0;
    uint64_t template_failures = 0;  // texts that were sent as the default instead
    TemplateFailure last_template_failure{};
    std::optional<Target> heartbeat;  // when there is one to send
};

// Of the answer to a heartbeat; alerts' messages are numbered from 1, and notices have a channel of their own.
constexpr uint64_t heartbeat_flight = (uint64_t{1} << 63) - 1;

// Old attempts are forgotten once a day, and when so much was recorded since: what may stand beyond attempts_bytes_max.
constexpr milliseconds attempts_tidied_every = std::chrono::hours{24};
constexpr Bytes attempts_untidied_max = 1_MiB;

// Damaged rows that the log tells of in all. `vigie doctor` counts the others too.
constexpr size_t damaged_told_max = 1'000;

class Notifier {
  public:
    // All of them must outlive the notifier, and the committer must run until stop() has returned.
    Notifier(const StateStore& store, CommitQueue& committer, Clock& clock, Random& random, Channel& channel,
             NotifierOptions options);
    ~Notifier();  // stops
    Notifier(const Notifier&) = delete;
    Notifier& operator=(const Notifier&) = delete;

    void start();
    // Any thread, after a commit with new outbox rows, or of who has an alert in hand. Cheap.
    void wake();
    // Any thread, after a commit that changed silences, or the runs that hold alerts.
    void silences_changed();
    // Any thread: the heartbeat is sent in the next round, unless the one before is still under way. One that fails is
    // not repeated: the next one follows.
    void beat();
    // Cuts what is in flight (it is sent again at the next start, with the same idempotency key) and waits for the
    // thread and for what it gave to the committer.
    void stop();
    NotifierStatus status() const;  // any thread

    // One round, as the thread does them: reads new rows, sends what is due, waits up to `limit` for answers, settles.
    // For tests, without start().
    void turn(milliseconds limit);

  private:
    bool load();
    bool seed_open_alerts();
    void read_silences();
    void read_maintenance();
    void read_in_hand();
    void tell_damaged(const std::vector<DamagedRow>& damaged);
    bool read_new_rows();
    Now now() const { return {clock_.mono(), clock_.wall()}; }
    void bring_up_to_date(Message& message) const;
    void send_due();
    void settle();
    void submit(Settled settled);
    std::vector<std::string> attempts_to_erase(const Settled& settled, WallTime now);
    milliseconds until_next(milliseconds limit) const;
    void publish_status();
    Request request_for(const Delivery& delivery);
    void finish(const Answer& answer);
    void send_beat();
    void finish_beat(const Answer& answer);

    const StateStore& store_;
    CommitQueue& committer_;
    Clock& clock_;
    Channel& channel_;
    const NotifierOptions options_;
    std::map<std::string, const Receiver*> receivers_;
    const ChannelWorld world_;

    // The thread's own.
    DeliveryQueue queue_;
    bool is_loaded_ = false;
    bool is_unrecorded_ = false;   // the store is of a release that kept no record of what it told
    bool is_any_in_hand_ = false;  // or may be
    MonoTime in_hand_again_at_{};
    std::string in_hand_failure_;  // of the last reading, "" when there was none
    std::set<std::string> damaged_told_;
    uint64_t next_row_ = 0;
    uint64_t unreadable_rows_ = 0;
    uint64_t template_failures_ = 0;
    TemplateFailure last_template_failure_;
    std::optional<MonoTime> settle_again_at_;
    uint64_t attempts_untidied_bytes_ = 0;
    std::optional<MonoTime> attempts_tidied_at_;
    bool is_beating_ = false;    // a heartbeat is under way
    unsigned beats_failed_ = 0;  // in a row
    std::string beat_problem_;   // of the last one, "" when it was taken

    std::atomic<bool> has_new_rows_{true};
    std::atomic<bool> has_new_silences_{true};
    std::atomic<bool> is_beat_due_{false};
    std::atomic<bool> is_stopping_{false};
    mutable std::mutex mutex_;  // of what follows
    std::condition_variable settled_;
    size_t submitted_ = 0;  // not yet done
    Settled unsaved_;       // their commit failed
    NotifierStatus status_;
    std::thread thread_;  // last: it uses the members above
};

}  // namespace vigie::controller::notify
