// When which group of rules is evaluated over all that is stored, and the evaluation itself. Push, not poll: a group is
// due once samples have come that its rules read. Not what becomes of an outcome (Records::on_group), nor on which
// thread (RuleThread).
#pragma once
#include <atomic>
#include <mutex>

#include "controller/rules/group_evaluation.hpp"
#include "controller/store/state_store.hpp"
#include "shared/os/clock.hpp"

namespace vigie::controller {

struct RuleGroupsOptions {
    // Two evaluations of a group begin at least this far apart, and so many times as far as the last one took, but no
    // further than its interval: it costs a twentieth of a core, or what its interval asks for.
    milliseconds floor{5s};
    int rest_factor = 20;
    // After a start hosts come back within a minute (docs/decisions/0007): before that a group would see a part of
    // them.
    milliseconds start_grace{1min};
    // Of each rule. A rule reads as much as an operator's query may.
    query::Limits limits{.samples_max = 5'000'000, .time_max = 20s};
    size_t series_max = 100'000;
    rules::TemplateWorld templates{};
};

// A group to be evaluated, and the time to evaluate it for.
struct DueGroup {
    size_t group = 0;
    WallTime at{};
};

class RuleGroups {
  public:
    // Keeps the references.
    RuleGroups(const rules::RuleSet& rules, const StateStore& store, const Clock& clock,
               RuleGroupsOptions options = {});

    // Reads up to when each group was evaluated. Before anything else.
    Result<void> load();
    // Called, on any thread, when a group became due earlier than next_due() had said.
    void on_sooner(std::function<void()> call) { on_sooner_ = std::move(call); }

    // Any thread: samples of this time are stored, which these groups read.
    void arrived(std::span<const uint32_t> groups, WallTime sampled_at);
    // Any thread: series changed that the controller writes itself (of alerts, `up` of hosts), and are stored. Groups
    // that read any of these are due.
    void own_series_changed(WallTime at) { arrived(readers_of_own_series_, at); }
    // When the next group is due; nullopt: none ever, or those that are wait for ended().
    std::optional<MonoTime> next_due() const;
    // The group that is due for longest; it is under way until ended(). Its time is that of the newest samples, but not
    // in the controller's future, or now when the group's interval has passed without any.
    std::optional<DueGroup> take_due();
    // Reads the store; takes as long as it takes. Any thread.
    rules::GroupOutcome evaluate(const DueGroup& due) const;
    // An evaluation under way ends soon; its outcome is worth nothing.
    void cancel() { is_cancelled_ = true; }
    // `alerting`: the group's rules that have alerts now. Not stored: it is due again.
    void ended(const rules::GroupOutcome& outcome, bool is_stored, const std::set<std::string, std::less<>>& alerting);

  private:
    struct State {
        bool is_evaluated = false;  // it has rules that are not judged as samples arrive
        bool is_under_way = false;
        MonoTime rests_until{};
        MonoTime ticks_at{};  // evaluated then at the latest
        MonoTime began{};
        std::optional<WallTime> newest{};  // of samples that came since
        WallTime evaluated_at{};
        bool is_known = false;  // which rules have alerts
        std::set<std::string, std::less<>> alerting{};
    };
    MonoTime due_of(const State& state) const;
    void note_arrival(State& state, WallTime at);

    const rules::RuleSet& rules_;
    const StateStore& store_;
    const Clock& clock_;
    const RuleGroupsOptions options_;
    std::function<void()> on_sooner_;
    std::atomic<bool> is_cancelled_ = false;
    mutable std::mutex guard_;
    std::vector<State> states_;  // of each group
    std::vector<uint32_t> readers_of_own_series_;
    std::vector<std::vector<uint32_t>> readers_of_;  // of what each group records: the other groups that read it
};

}  // namespace vigie::controller
