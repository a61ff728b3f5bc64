// From verdicts to rows: steps of the machine, saved with their pages and the cursor in the caller's batch.
#include "controller/alerts/book.hpp"

#include "controller/store/keys.hpp"

namespace vigie::controller::alerts {
namespace {

constexpr milliseconds text_kept_for = 1min;

std::string own_rule_key(std::string_view name) {
    return fmt::format("{}{}", own_rule_mark, name);
}

AlertRecord own_record(std::string_view name, const AgentId& agent, Labels labels) {
    AlertRecord record;
    record.agent = agent;
    record.rule_key = own_rule_key(name);
    record.id = alert_id(record.rule_key, agent, {});
    record.name = name;
    record.labels = std::move(labels);
    record.labels["alertname"] = name;
    record.labels["instance"] = agent.value;
    return record;
}

Observed observed_of(const rules::RuleVerdicts& judged, bool is_true, const Labels& series) {
    if (is_true) {
        return Observed::breach;
    }
    return judged.cleared && !judged.cleared->covers(series) ? Observed::held : Observed::fine;
}

// The next evaluation may change it.
bool is_watched(const AlertState& state) {
    return is_active(state) || state.changes != 0;
}

AlertPolicy policy_of(const rules::Rule& rule, const AgentId& agent) {
    AlertPolicy policy{.hold = rule.hold, .keep_firing = rule.keep_firing, .is_damped = rule.is_damped};
    if (is_of_group(agent)) {
        policy.gap_max = std::max(policy.gap_max, 2 * rule.interval);  // it may be evaluated more rarely
    }
    return policy;
}

}  // namespace

Result<void> AlertBook::load() {
    alerts_.clear();
    watched_.clear();
    texts_.clear();
    cursors_.clear();
    VIGIE_TRY(auto records, list_alerts(store_));
    for (auto& record : records) {
        if (is_watched(record.state)) {
            watched_[record.agent].insert(record.id);
        }
        alerts_.emplace(record.id, std::move(record));
    }
    Result<void> outcome;
    VIGIE_CHECK(
        store_.scan(Family::alerts, "c", keys::after_prefix("c"), [&](std::string_view key, std::string_view row) {
            const auto cursor = decode_cursor(row);
            if (!cursor) {
                outcome = fail(cursor.error().at(key.substr(1)));
                return false;
            }
            cursors_.emplace(AgentId{std::string(key.substr(1))}, *cursor);
            return true;
        }));
    VIGIE_CHECK(outcome);
    for (const char* kind : {"q", "f"}) {
        VIGIE_CHECK(store_.scan_back(Family::outbox, kind, keys::after_prefix(kind),
                                     [&](std::string_view key, std::string_view) {
                                         const auto number = read_outbox_key(key);
                                         next_page_ = std::max(next_page_, number.value_or(0) + 1);
                                         return false;
                                     }));
    }
    is_loaded_ = true;
    return {};
}

Result<void> AlertBook::ensure_loaded() {
    return is_loaded_ ? Result<void>{} : load();
}

Result<bool> AlertBook::is_new(const AgentId& agent, WallTime sampled_at, WallTime now) {
    VIGIE_CHECK(ensure_loaded());
    const auto found = cursors_.find(agent);
    if (found == cursors_.end() || sampled_at > found->second.sampled_at) {
        return true;
    }
    const bool was_ahead = found->second.sampled_at - now > clock_ahead_max;
    if (was_ahead && sampled_at - now <= clock_ahead_max) {
        return true;
    }
    ++counts_.late_reports;
    return false;
}

Result<RuleKeys> AlertBook::rules_with_alerts(const AgentId& agent) {
    VIGIE_CHECK(ensure_loaded());
    RuleKeys keys;
    if (const auto active = watched_.find(agent); active != watched_.end()) {
        for (const auto& id : active->second) {
            keys.insert(alerts_.at(id).rule_key);
        }
    }
    return keys;
}

Result<std::vector<const AlertRecord*>> AlertBook::active_alerts(const AgentId& owner) {
    VIGIE_CHECK(ensure_loaded());
    std::vector<const AlertRecord*> records;
    if (const auto active = watched_.find(owner); active != watched_.end()) {
        for (const auto& id : active->second) {
            if (const auto& record = alerts_.at(id); is_active(record.state)) {
                records.push_back(&record);
            }
        }
    }
    return records;
}

Result<std::vector<AgentId>> AlertBook::owners_of_active() {
    VIGIE_CHECK(ensure_loaded());
    std::vector<AgentId> owners;
    for (const auto& [owner, _] : watched_) {
        owners.push_back(owner);
    }
    return owners;
}

Result<Applied> AlertBook::apply(const AgentId& agent, const EvaluationCursor& cursor,
                                 std::span<const rules::RuleVerdicts> verdicts, WallTime now, StoreBatch& batch) {
    VIGIE_CHECK(ensure_loaded());
    std::optional<WallTime> previous;
    if (const auto found = cursors_.find(agent); found != cursors_.end()) {
        previous = found->second.sampled_at;
    }
    Context context{cursor, cursor.sampled_at, now, "sample", batch, {}};
    std::set<std::string> seen;
    for (const auto& of_rule : verdicts) {
        for (const auto& verdict : of_rule.verdicts) {
            observe(context, agent, of_rule, verdict, previous, seen);
        }
    }
    context.cause = "series missing";
    observe_missing(context, agent, seen, verdicts);
    cursors_[agent] = cursor;
    batch.put(Family::alerts, cursor_key(agent), encode(cursor));
    context.applied.is_evaluated = true;
    return context.applied;
}

void AlertBook::observe(Context& context, const AgentId& agent, const rules::RuleVerdicts& judged,
                        const rules::Verdict& verdict, std::optional<WallTime> previous, std::set<std::string>& seen) {
    const auto& rule = *judged.rule;
    // Nearly every verdict is false and about no alert: for those not even the id is computed.
    if (!verdict.is_true && !watched_.contains(agent)) {
        return;
    }
    auto series = verdict.labels;
    series.erase(query::metric_name_label);
    const auto id = alert_id(rule.key, agent, series);
    auto found = alerts_.find(id);
    if (found == alerts_.end()) {
        if (!verdict.is_true) {
            return;
        }
        AlertRecord record;
        record.id = id;
        record.agent = agent;
        record.rule_key = rule.key;
        record.series = series;
        found = alerts_.emplace(id, std::move(record)).first;
    }
    seen.insert(id);
    auto& record = found->second;
    auto next =
        step(record.state, observed_of(judged, verdict.is_true, series), context.at, previous, policy_of(rule, agent));
    if (next.state == record.state) {
        return keep_current(context, record, rule, verdict);
    }
    const bool is_moved =
        next.state.phase != record.state.phase || next.state.active_since != record.state.active_since;
    if (is_moved || next.page != Page::none) {
        record.value = verdict.value;
    }
    const bool is_new_text = next.page == Page::fire || (is_moved && next.state.phase == Phase::pending);
    if (is_new_text) {
        // Templates may name the metric, which is no part of what an alert is known by.
        record.series = verdict.labels;
        describe(record, rule);
        record.series = std::move(series);
        texts_[id] = {verdict.value, context.at};
    }
    finish(context, record, next);
    if (!is_new_text) {
        keep_current(context, record, rule, verdict);
    }
}

// An open alert may be told again hours later: then with the value of that time. Its labels, which are what it is known
// and grouped by, stay.
void AlertBook::keep_current(Context& context, AlertRecord& record, const rules::Rule& rule,
                             const rules::Verdict& verdict) {
    if (!record.state.is_open || !verdict.is_true) {
        return;
    }
    auto& made = texts_[record.id];
    if (made.value == verdict.value || context.at - made.at < text_kept_for) {
        return;
    }
    made = {verdict.value, context.at};
    auto text = rules::expand_alert(rule, verdict.labels, verdict.value, options_.templates);
    if (text.failures.empty() && text.annotations != record.annotations) {
        record.annotations = std::move(text.annotations);
        context.batch.put(Family::alerts, alert_key(record.id), encode(record));
    }
}

void AlertBook::observe_missing(Context& context, const AgentId& agent, const std::set<std::string>& seen,
                                std::span<const rules::RuleVerdicts> verdicts) {
    RuleKeys failed;
    std::map<std::string_view, const rules::RuleVerdicts*> judged;
    for (const auto& of_rule : verdicts) {
        judged.emplace(of_rule.rule->key, &of_rule);
        if (!of_rule.failure.empty()) {
            failed.insert(of_rule.rule->key);
        }
    }
    const auto active = watched_.find(agent);
    if (active == watched_.end()) {
        return;
    }
    const auto ids = active->second;  // a copy: finish() changes the set
    for (const auto& id : ids) {
        auto& record = alerts_.at(id);
        if (!seen.contains(id) && !is_own(record) && !failed.contains(record.rule_key)) {
            const auto found = judged.find(record.rule_key);
            const auto* of_rule = found == judged.end() ? nullptr : found->second;
            // What is not among the verdicts may be false all the same.
            const auto observed = of_rule != nullptr && of_rule->are_others_false
                                      ? observed_of(*of_rule, false, record.series)
                                      : Observed::nothing;
            finish(context, record,
                   step(record.state, observed, context.at, std::nullopt,
                        of_rule == nullptr ? AlertPolicy{} : policy_of(*of_rule->rule, agent)));
        }
    }
}

void AlertBook::describe(AlertRecord& record, const rules::Rule& rule) {
    auto text = rules::expand_alert(rule, record.series, record.value, options_.templates);
    record.group = rule.group;
    record.name = rule.name;
    record.expression = rule.expression.text();
    record.labels = std::move(text.labels);
    record.annotations = std::move(text.annotations);
    record.template_failures = std::move(text.failures);
    counts_.template_failures += record.template_failures.size();
}

// The record, whose count of them grows, is for the caller to put.
void AlertBook::put_transition(AlertRecord& record, const Transition& transition, StoreBatch& batch) {
    const auto number = ++record.transitions;
    batch.put(Family::alerts, transition_key(record.id, number), encode(transition));
    if (number > transitions_kept_max) {
        batch.erase(Family::alerts, transition_key(record.id, number - transitions_kept_max));
    }
}

// Takes a step that may or may not change the record, and saves it when it does.
void AlertBook::finish(Context& context, AlertRecord& record, Step step) {
    if (step.state == record.state) {
        return;
    }
    const auto from = record.state.phase;
    std::string cause(context.cause);
    if (step.state.is_flapping() != record.state.is_flapping()) {
        cause += step.state.is_flapping() ? ", flapping began" : ", flapping ended";
    }
    record.state = step.state;
    if (!record.state.is_open) {
        texts_.erase(record.id);
    }
    if (from != step.state.phase || cause.size() != context.cause.size()) {
        put_transition(
            record, {from, step.state.phase, context.at, context.now, record.value, context.cursor, std::move(cause)},
            context.batch);
        ++context.applied.transitions;
        context.applied.changed.insert(record.agent);
        ++counts_.transitions;
    }
    context.batch.put(Family::alerts, alert_key(record.id), encode(record));
    if (is_watched(record.state)) {
        watched_[record.agent].insert(record.id);
    } else if (const auto active = watched_.find(record.agent); active != watched_.end()) {
        active->second.erase(record.id);
        if (active->second.empty()) {
            watched_.erase(active);
        }
    }
    if (step.page != Page::none) {
        put_page(context, record, step.page);
    }
}

void AlertBook::put_page(Context& context, const AlertRecord& record, Page page) {
    auto notification = page_of(record, page == Page::resolve, options_.templates.external_labels);
    context.applied.turned.push_back(notification);
    for (const auto& receiver : options_.receivers) {
        notification.receiver = receiver;
        context.batch.put(Family::outbox, queued_key(next_page_++), encode(notification));
        ++context.applied.pages;
        ++counts_.pages;
    }
}

AlertRecord AlertBook::host_record(const AgentId& agent) const {
    return own_record(options_.host_silent_name, agent, options_.host_silent_labels);
}

Result<Applied> AlertBook::host_silent(const AgentId& agent, WallTime since, WallTime now, StoreBatch& batch,
                                       const std::string& reason) {
    VIGIE_CHECK(ensure_loaded());
    Context context{{}, since, now, "host silent", batch, {}};
    auto fresh = host_record(agent);
    auto& record = alerts_.try_emplace(fresh.id, std::move(fresh)).first->second;
    const auto next = step(record.state, Observed::breach, since, std::nullopt, {});
    if (next.page == Page::fire) {
        record.annotations = {{"summary", fmt::format("{} has been silent since {}", agent.value, to_rfc3339(since))}};
        if (!reason.empty()) {
            record.annotations["reason"] = reason;
        }
    }
    finish(context, record, next);
    observe_missing(context, agent, {});
    return context.applied;
}

Result<Applied> AlertBook::host_back(const AgentId& agent, WallTime at, StoreBatch& batch) {
    VIGIE_CHECK(ensure_loaded());
    Context context{{}, at, at, "host back", batch, {}};
    if (const auto found = alerts_.find(host_record(agent).id); found != alerts_.end()) {
        finish(context, found->second, step(found->second.state, Observed::fine, at, std::nullopt, {}));
    }
    return context.applied;
}

Result<Applied> AlertBook::tell(const AgentId& agent, const OwnFinding& finding, WallTime at, StoreBatch& batch) {
    VIGIE_CHECK(ensure_loaded());
    Context context{{}, at, at, finding.cause, batch, {}};
    auto fresh = own_record(finding.name, agent, {{"host", agent.value}, {"severity", "warning"}});
    auto found = alerts_.find(fresh.id);
    if (found == alerts_.end()) {
        if (!finding.is_true) {
            return context.applied;
        }
        found = alerts_.emplace(fresh.id, std::move(fresh)).first;
    }
    auto& record = found->second;
    const auto next =
        step(record.state, finding.is_true ? Observed::breach : Observed::fine, at, std::nullopt, AlertPolicy{});
    if (next.state == record.state) {
        return context.applied;
    }
    record.value = finding.value;
    if (next.page == Page::fire) {
        record.annotations = {{"summary", finding.summary}};
    }
    finish(context, record, next);
    return context.applied;
}

Result<std::vector<AgentId>> AlertBook::hosts_with(std::string_view own_name) {
    VIGIE_CHECK(ensure_loaded());
    std::vector<AgentId> hosts;
    for (const auto& [agent, ids] : watched_) {
        if (ids.contains(alert_id(own_rule_key(own_name), agent, {}))) {
            hosts.push_back(agent);
        }
    }
    return hosts;
}

BookCounts AlertBook::counts() const {
    return {counts_.late_reports, counts_.transitions, counts_.pages, counts_.template_failures};
}

}  // namespace vigie::controller::alerts
