// Tickets of alerts. A CommitQueue around another: it looks at which alerts a submission put into the batch, and adds
// what becomes of their tickets to the same batch, so that both are stored or none is. It owns the book of tickets.
#pragma once
#include <atomic>

#include "controller/alerts/rows.hpp"
#include "controller/audit/chain.hpp"
#include "controller/store/committer.hpp"
#include "controller/tickets/book.hpp"
#include "shared/os/clock.hpp"

namespace vigie::controller {

class TicketFollower final : public CommitQueue {
  public:
    // Keeps the references. `notices_stored`: called on the committer's thread when there is something to tell.
    TicketFollower(CommitQueue& inner, const StateStore& store, const Clock& clock, tickets::Options options,
                   std::function<void()> notices_stored)
        : inner_(inner),
          store_(store),
          clock_(clock),
          notices_stored_(std::move(notices_stored)),
          book_(store, std::move(options)) {}

    void submit(Prepare prepare, Done done) override;
    [[nodiscard]] bool try_submit(Prepare prepare, Done done) override;

    // On the committer's thread, in a submission to this queue; options() on any thread.
    tickets::TicketBook& book() { return book_; }
    // Any thread. Once a second: promises that are over are told of, and alerts that have no ticket for want of a
    // readable store get it.
    void tick();
    // Any thread. Now and then: forgets what is older than its retention.
    void retire();

  private:
    struct Followed;  // one submission
    struct Reading {
        WallTime wall{};
        MonoTime mono{};
    };
    Prepare following(const std::shared_ptr<Followed>& followed, Prepare prepare);
    Done following(const std::shared_ptr<Followed>& followed, Done done);
    void follow(size_t first_change, StoreBatch& batch);
    Result<void> take_alert(const alerts::AlertRecord& alert, const std::string& cause, WallTime now,
                            StoreBatch& batch);
    Result<void> take_missed_alerts(WallTime now, StoreBatch& batch);
    Result<void> note_clock(StoreBatch& batch);
    Result<void> make_due(StoreBatch& batch);
    void tell_failure(const Error& error);

    CommitQueue& inner_;
    const StateStore& store_;
    const Clock& clock_;
    const std::function<void()> notices_stored_;
    std::atomic<bool> is_ticking_ = false;
    // The committer's thread's own.
    tickets::TicketBook book_;
    // Alerts may have been missed: at the start, and for two ticks after a failure, since the first one may read a
    // store that does not have them yet.
    int ticks_with_missed_alerts_ = 1;
    bool is_without_room_ = false;  // an alert got no ticket: too many are not resolved
    // Both clocks at the last tick, and at the last one that was stored.
    std::optional<Reading> reading_;
    std::optional<Reading> stored_reading_;
    std::string failure_told_;
};

}  // namespace vigie::controller
