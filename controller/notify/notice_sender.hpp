// Delivers the notices of Family::outbox, on a thread and over a channel of its own: what alerts have to say waits for
// none of them.
#pragma once
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "controller/notify/channels/telling.hpp"
#include "controller/notify/notice_queue.hpp"
#include "controller/notify/receiver.hpp"
#include "controller/routing/routing_file.hpp"
#include "controller/store/committer.hpp"
#include "shared/os/clock.hpp"

namespace vigie::controller::notify {

// What is to be told of notices that are not told.
struct NoticeTroubles {
    std::vector<FailingTarget> failing;
    uint64_t lost = 0;  // refused, or given up, since the start
    LostNotice last_lost{};
    WallTime last_lost_at{};
    TemplateFailure template_failure{};
};

class NoticeSender {
  public:
    // All of them must outlive it, and the committer must run until stop() has returned. `routing`: of
    // alertmanager.yml, whose templates its receivers' channels include; nullptr: there is none.
    NoticeSender(const StateStore& store, CommitQueue& committer, Clock& clock, Random& random, Channel& channel,
                 std::vector<Receiver> receivers, const routing::Routing* routing = nullptr,
                 std::string external_url = "");
    ~NoticeSender();  // stops
    NoticeSender(const NoticeSender&) = delete;
    NoticeSender& operator=(const NoticeSender&) = delete;

    void start();
    // Any thread, after a commit with new notices. Cheap.
    void wake();
    // Cuts what is in flight (it is sent again at the next start, with the same idempotency key) and waits for the
    // thread and for what it gave to the committer.
    void stop();
    NoticeQueue::Counts counts() const;  // any thread
    NoticeTroubles troubles() const;     // likewise

    // One round, as the thread does them. For tests, without start().
    void turn(milliseconds limit);

  private:
    // What the store is to be told.
    struct Settled {
        std::vector<uint64_t> done;
        std::vector<ToldNotice> told;
        std::vector<ToldNotice> forgotten;
        bool is_empty() const { return done.empty() && told.empty() && forgotten.empty(); }
        void add(Settled&& other);
        void put(StoreBatch& batch) const;
    };
    bool read_marks();
    bool read_new();
    void send_due();
    void tell_of_targets();
    void settle();
    milliseconds until_next(milliseconds limit) const;
    Request request_for(const NoticeDelivery& delivery);

    const StateStore& store_;
    CommitQueue& committer_;
    Clock& clock_;
    Channel& channel_;
    const std::vector<Receiver> receivers_;
    const rules::templates::Definitions definitions_;
    const ChannelWorld world_;

    // The thread's own.
    NoticeQueue queue_;
    bool has_marks_ = false;                           // marks_ is read
    std::map<uint64_t, std::set<std::string>> marks_;  // who has which row already, of the time before the start
    uint64_t next_row_ = 0;
    std::optional<MonoTime> read_again_at_;

    std::atomic<bool> has_new_{true};
    std::atomic<bool> is_stopping_{false};
    mutable std::mutex mutex_;  // of what follows
    std::condition_variable settled_;
    size_t submitted_ = 0;  // not yet done
    Settled unsaved_;       // their commit failed
    NoticeQueue::Counts counts_;
    NoticeTroubles troubles_;
    std::thread thread_;  // last: it uses the members above
};

}  // namespace vigie::controller::notify
