#include "controller/app/rule_groups.hpp"

#include "controller/alerts/book.hpp"
#include "controller/rules/alert_series.hpp"
#include "controller/rules/locality.hpp"
#include "controller/series/store_source.hpp"
#include "shared/log/log.hpp"

namespace vigie::controller {
namespace {

// The samples that one expression reads, with the budget for reading them.
class HeldSource final : public query::SeriesSource {
  public:
    HeldSource(const StateStore& store, const query::Expression& expression, WallTime at, const query::Options& options,
               size_t series_max)
        : budget_(options.limits, options.clock, options.cancelled),
          source_(store, query::needs_of(expression, at, at, 0ms, options), budget_, series_max) {}

    Result<std::vector<query::SeriesSamples>> select(const query::Selection& selection) override {
        return source_.select(selection);
    }

  private:
    query::Budget budget_;
    StoreSource source_;
};

// By the name alone: which other labels a rule's series will have is known when it has been evaluated.
bool is_reading(const rules::Rule& reader, const std::string& name) {
    auto selectors = rules::selectors_of(reader.expression.root());
    if (reader.clear) {
        const auto more = rules::selectors_of(reader.clear->root());
        selectors.insert(selectors.end(), more.begin(), more.end());
    }
    return std::any_of(selectors.begin(), selectors.end(),
                       [&name](const auto* one) { return rules::may_select(*one, name); });
}

bool is_reading_own_series(const rules::Rule& rule) {
    const auto& own = rules::own_metrics();
    return std::any_of(own.begin(), own.end(), [&rule](const auto& name) { return is_reading(rule, name); });
}

std::vector<uint32_t> readers_of_recorded(const rules::RuleSet& rules, size_t group) {
    std::vector<uint32_t> readers;
    const auto& recorders = rules.groups()[group].rules;
    for (size_t i = 0; i < rules.groups().size(); ++i) {
        const auto evaluated = rules.evaluated_rules(i);
        const bool is_reader = std::any_of(evaluated.begin(), evaluated.end(), [&recorders](const auto* rule) {
            return std::any_of(recorders.begin(), recorders.end(), [rule](const rules::Rule& recorder) {
                return !recorder.is_alerting() && is_reading(*rule, recorder.name);
            });
        });
        if (is_reader && i != group) {
            readers.push_back(static_cast<uint32_t>(i));
        }
    }
    return readers;
}

}  // namespace

RuleGroups::RuleGroups(const rules::RuleSet& rules, const StateStore& store, const Clock& clock,
                       RuleGroupsOptions options)
    : rules_(rules),
      store_(store),
      clock_(clock),
      options_(std::move(options)),
      states_(rules.groups().size()),
      readers_of_(rules.groups().size()) {
    const auto now = clock_.mono();
    for (size_t i = 0; i < states_.size(); ++i) {
        const auto& group = rules_.groups()[i];
        states_[i].is_evaluated = !rules_.evaluated_rules(i).empty();
        states_[i].rests_until = now + std::min(options_.start_grace, group.interval);
        states_[i].ticks_at = now + group.interval;
        readers_of_[i] = readers_of_recorded(rules_, i);
        const auto evaluated = rules_.evaluated_rules(i);
        if (std::any_of(evaluated.begin(), evaluated.end(),
                        [](const auto* rule) { return is_reading_own_series(*rule); })) {
            readers_of_own_series_.push_back(static_cast<uint32_t>(i));
        }
    }
}

Result<void> RuleGroups::load() {
    for (size_t i = 0; i < states_.size(); ++i) {
        const auto owner = alerts::owner_of_group(rules_.key_of_group(i));
        VIGIE_TRY(const auto row, store_.get(Family::alerts, alerts::cursor_key(owner)));
        if (row) {
            VIGIE_TRY(const auto cursor, alerts::decode_cursor(*row));
            states_[i].evaluated_at = cursor.sampled_at;
        }
    }
    return {};
}

MonoTime RuleGroups::due_of(const State& state) const {
    const bool has_new = state.newest && *state.newest > state.evaluated_at;
    return has_new ? state.rests_until : std::max(state.ticks_at, state.rests_until);
}

void RuleGroups::note_arrival(State& state, WallTime at) {
    state.newest = state.newest ? std::max(*state.newest, at) : at;
}

void RuleGroups::arrived(std::span<const uint32_t> groups, WallTime sampled_at) {
    bool is_sooner = false;
    {
        const std::lock_guard lock(guard_);
        for (const auto group : groups) {
            auto& state = states_[group];
            const auto before = due_of(state);
            note_arrival(state, sampled_at);
            is_sooner = is_sooner || (!state.is_under_way && due_of(state) < before);
        }
    }
    if (is_sooner && on_sooner_) {
        on_sooner_();
    }
}

std::optional<MonoTime> RuleGroups::next_due() const {
    const std::lock_guard lock(guard_);
    std::optional<MonoTime> next;
    for (const auto& state : states_) {
        if (state.is_evaluated && !state.is_under_way) {
            next = next ? std::min(*next, due_of(state)) : due_of(state);
        }
    }
    return next;
}

std::optional<DueGroup> RuleGroups::take_due() {
    const auto now = clock_.mono();
    const auto wall = clock_.wall();
    const std::lock_guard lock(guard_);
    size_t first = states_.size();
    for (size_t i = 0; i < states_.size(); ++i) {
        const auto& state = states_[i];
        const bool is_due = state.is_evaluated && !state.is_under_way && due_of(state) <= now;
        if (is_due && (first == states_.size() || due_of(state) < due_of(states_[first]))) {
            first = i;
        }
    }
    if (first == states_.size()) {
        return std::nullopt;
    }
    auto& state = states_[first];
    state.is_under_way = true;
    state.began = now;
    // A host's clock may be ahead; samples that are late fill the past and are seen when the interval is over.
    const auto newest = std::exchange(state.newest, std::nullopt);
    const bool has_new = newest && *newest > state.evaluated_at && std::min(*newest, wall) > state.evaluated_at;
    const auto at = has_new ? std::min(*newest, wall) : wall;
    if (at <= state.evaluated_at && state.evaluated_at - wall <= alerts::clock_ahead_max) {
        // The controller's clock was set back: the book would not take it (AlertBook::is_new).
        state.is_under_way = false;
        state.rests_until = now + options_.floor;
        state.ticks_at = state.rests_until;
        return std::nullopt;
    }
    return DueGroup{first, at};
}

rules::GroupOutcome RuleGroups::evaluate(const DueGroup& due) const {
    const query::Options options{.limits = options_.limits, .clock = &clock_, .cancelled = &is_cancelled_};
    bool is_known = false;
    std::set<std::string, std::less<>> alerting;
    {
        const std::lock_guard lock(guard_);
        is_known = states_[due.group].is_known;
        alerting = states_[due.group].alerting;
    }
    const rules::GroupWorld world{
        .source_of =
            [&](const query::Expression& expression) {
                return std::make_unique<HeldSource>(store_, expression, due.at, options, options_.series_max);
            },
        .may_have_alerts = [&](const rules::Rule& rule) { return !is_known || alerting.contains(rule.key); },
        .templates = options_.templates,
        .options = options};
    return rules::evaluate_group(rules_, due.group, due.at, world);
}

void RuleGroups::ended(const rules::GroupOutcome& outcome, bool is_stored,
                       const std::set<std::string, std::less<>>& alerting) {
    const auto& group = rules_.groups()[outcome.group];
    if (outcome.took > group.interval) {
        log::warning("rules: group '{}' took {}, longer than its interval of {}: it is evaluated as often as it can be",
                     group.name, format_duration(std::chrono::ceil<milliseconds>(outcome.took)),
                     format_duration(group.interval));
    }
    {
        const std::lock_guard lock(guard_);
        auto& state = states_[outcome.group];
        // No longer than its interval: `for` begins anew when nobody looked for two of them.
        const auto rest = std::min<nanoseconds>(options_.rest_factor * outcome.took, group.interval);
        state.is_under_way = false;
        state.rests_until = state.began + std::max<nanoseconds>(options_.floor, rest);
        state.ticks_at = state.began + group.interval;
        if (is_stored) {
            state.evaluated_at = outcome.at;
            state.is_known = true;
            state.alerting = alerting;
        } else {
            state.is_known = false;
            note_arrival(state, outcome.at);
        }
    }
    const bool has_recorded =
        std::any_of(outcome.rules.begin(), outcome.rules.end(), [](const auto& one) { return !one.recorded.empty(); });
    if (is_stored && has_recorded) {
        arrived(readers_of_[outcome.group], outcome.at);
    }
    if (on_sooner_) {
        on_sooner_();
    }
}

}  // namespace vigie::controller
