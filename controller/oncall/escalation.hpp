// Calls people for alerts that nobody has in hand, step by step. Memory is ahead of the store only between a change and
// its commit. Confined to the committer's thread: call it in prepare, and on_commit_failed() in a done() that got an
// error. No clock: times come in. Waits are measured by the monotonic clock, so that a wall clock that is set moves no
// step; what is stored is by the wall clock, for the next process.
#pragma once
#include <functional>

#include "controller/alerts/book.hpp"
#include "controller/oncall/episode.hpp"
#include "controller/oncall/hush.hpp"
#include "controller/oncall/oncall_file.hpp"

namespace vigie::controller::oncall {

struct Moment {
    MonoTime mono;
    WallTime wall;
};

// How soon a step that waits (Episode::is_waiting) is looked at again.
constexpr milliseconds hush_look_period = std::chrono::seconds{15};
// When the wall clock moved this much otherwise than the monotonic one it was set: stored times are written anew.
constexpr milliseconds clock_set_min = std::chrono::seconds{2};

// A call that is due as its alert fires has a tick of its own, but none sooner after another one: in a storm each looks
// at all alerts that are open.
constexpr milliseconds own_tick_gap_min{100};

// What a tick did.
struct Ticked {
    size_t pages = 0;                // when not 0: wake the notifier after the commit
    std::vector<std::string> notes;  // for people, such as a rota with nobody on call
};

class Escalations {
  public:
    // All are kept; `oncall`, `inhibit_rules` and `maintenance` do not change.
    Escalations(const StateStore& store, alerts::AlertBook& book, const OnCall& oncall,
                const std::vector<routing::InhibitRule>& inhibit_rules, const maintenance::Maintenance& maintenance)
        : store_(store), book_(book), oncall_(oncall), inhibit_rules_(inhibit_rules), maintenance_(maintenance) {}

    // Reads what the store has unless memory has it. Call it before a change of the book that on_turned() is to hear
    // of: after it on_turned() cannot fail. Errors are the store's.
    Result<void> ready(Moment now);
    void on_commit_failed() { is_loaded_ = false; }

    // What the book found in this batch (Applied::turned). A new episode is written; of one that is over the recovery
    // is owed to whoever was called, and its row erased. Gives the number of pages.
    size_t on_turned(std::span<const alerts::Notification> turned, Moment now, StoreBatch& batch);

    // Once a second: takes the steps that are due. Each one's progress and the rows that it owes go into this batch. Of
    // several that were missed (an outage) only the one of the present is taken. The first tick of a process also
    // begins escalations of alerts that are open, match a policy and have none.
    Result<Ticked> tick(Moment now, StoreBatch& batch);

    // Nobody is called for the alert's episode until release(), or until the hold is over. Replaces a hold of the other
    // kind. conflict: the alert is not open, or it is acknowledged already and this is no snooze by the same operator.
    Result<Episode> hold(std::string_view alert_id, Hold hold, Moment now, StoreBatch& batch);
    // Goes on with the step that it stood at, which is taken again. conflict: the alert is not open, or not held.
    Result<Episode> release(std::string_view alert_id, Moment now, StoreBatch& batch);

    // Whether on_turned() began an escalation that is to call at once, since this was asked last, and a tick is due for
    // it before the second is over. In done().
    bool take_begun(MonoTime now) {
        const bool has_begun = std::exchange(has_begun_, false);
        return has_begun && (!last_ || now - last_->mono >= own_tick_gap_min);
    }

  private:
    struct Live {
        Episode episode;
        MonoTime due{};               // of the next step
        MonoTime held_until{};        // while snoozed
        bool is_nobody_told = false;  // that nobody is on call
    };
    using LiveByAlert = std::map<std::string, Live, std::less<>>;

    Live revived(Episode episode, Moment now) const;
    Live begun(const alerts::Notification& page, Moment now) const;
    void put(Live& live, Moment now, StoreBatch& batch) const;
    void adopt(std::span<const alerts::Notification> open, Moment now, StoreBatch& batch,
               std::vector<std::string>& notes);
    void call_others(Live& live, Moment now, StoreBatch& batch) const;
    void note_clock(Moment now, StoreBatch& batch);
    const Policy* policy_of(const Episode& episode) const { return oncall_.find_policy(episode.policy); }
    bool is_due(const Live& live, Moment now) const;
    Result<Hush> hush(std::span<const alerts::Notification> open, WallTime at, std::vector<DamagedRow>& damaged) const;
    void resume(Live& live, MonoTime from) const;
    void wait(Live& live, Moment now, StoreBatch& batch) const;
    std::set<std::string> receivers_of(const Step& step, std::span<const Override> overrides, Moment now,
                                       std::vector<std::string>& notes) const;
    void take(Live& live, const alerts::Notification& page, std::span<const Override> overrides, Moment now,
              StoreBatch& batch, Ticked& ticked);
    Result<Live*> open_episode(std::string_view alert_id, Moment now);

    const StateStore& store_;
    alerts::AlertBook& book_;
    const OnCall& oncall_;
    const std::vector<routing::InhibitRule>& inhibit_rules_;
    const maintenance::Maintenance& maintenance_;
    bool is_loaded_ = false;
    bool is_adopted_ = false;
    bool has_begun_ = false;
    LiveByAlert live_;
    std::vector<DamagedRow> damaged_;  // of the last reading, until adopt()
    std::optional<Moment> last_;       // tick
};

}  // namespace vigie::controller::oncall
