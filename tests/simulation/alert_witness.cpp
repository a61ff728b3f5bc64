// Alerts: every sample that is applied moves its host's alerts as the rules say, once, in the same commit.
#include "controller/alerts/book.hpp"
#include "controller/store/keys.hpp"
#include "controller/store/series_rows.hpp"
#include "shared/core/assert.hpp"
#include "tests/simulation/fleet_settings.hpp"
#include "tests/simulation/witness.hpp"

namespace vigie::simulation {

using namespace controller;
using alerts::Observed;
using alerts::Phase;
using protocol::Stream;

namespace {

bool is_active(Phase phase) {
    return phase != Phase::inactive && phase != Phase::resolved;
}

std::vector<std::pair<rules::Labels, double>> series_of(const std::string& agent, const protocol::SampleBatch& sample) {
    std::vector<std::pair<rules::Labels, double>> series;
    std::string_view schema = sample.schema;
    for (const auto value : sample.values) {
        auto labels = parse_series(schema.substr(0, schema.find('\n'))).value();
        labels["instance"] = agent;
        labels["job"] = "node";
        series.emplace_back(std::move(labels), value);
        schema.remove_prefix(schema.find('\n') + 1);
    }
    return series;
}

const rules::Rule& rule_of(const rules::RuleSet& rules, std::string_view alert) {
    for (const auto& group : rules.groups()) {
        for (const auto& rule : group.rules) {
            if (rule.name == alert) {
                return rule;
            }
        }
    }
    VIGIE_ASSERT(false);
    std::abort();
}

}  // namespace

// The transitions of an alert are numbered without a hole and each begins where the one before ended.
void StoreWitness::check_transition(std::string_view key, std::string_view row, Group& group) {
    const std::string alert(key.substr(1, 16));
    const auto number = keys::read_number(key.substr(17)).value();
    const auto transition = alerts::decode_transition(row).value();
    auto& known = kept_.alerts[alert];
    ++transitions_all_;
    if (number != known.transitions + 1 || transition.from != known.phase) {
        world_.found(fmt::format("alert {}: transition {} from {} to {} comes after {} to {}", alert, number,
                                 name_of(transition.from), name_of(transition.to), known.transitions,
                                 name_of(known.phase)));
    }
    known = {number, transition.to};
    // Back from no_data it may be the same fire, of which a page told before; and from firing to firing it begins or
    // ends to flap.
    if (transition.to == Phase::resolved ||
        (transition.to == Phase::firing && transition.from != Phase::no_data && transition.from != Phase::firing)) {
        ++group.unpaged[{alert, transition.to == Phase::resolved}];
    }
    if (transition.cause.starts_with("sample") || transition.cause == "series missing") {
        if (transition.from != transition.to &&
            !group.moved.emplace(alert, Phases{transition.from, transition.to}).second) {
            world_.found(fmt::format("alert {}: one sample moved it twice", alert));
        }
    } else if (const auto expected = kept_.expected.find(alert); expected != kept_.expected.end()) {
        // The host fell silent: nothing is known of its series.
        expected->second = alerts::step(expected->second, Observed::nothing, transition.at, std::nullopt, {}).state;
        if (expected->second.phase != transition.to) {
            world_.found(fmt::format("alert {}: '{}' moved it to {}", alert, transition.cause, name_of(transition.to)));
        }
    }
}

void StoreWitness::check_evaluated(const std::string& agent, std::string_view row, Group& group) {
    const auto evaluated = alerts::decode_cursor(row).value();
    if (alerts::is_of_group(AgentId{agent})) {
        return check_group_evaluated(agent, evaluated, group);
    }
    const auto due = group.due.find(agent);
    if (due == group.due.end() || due->second != std::pair(evaluated.incarnation, evaluated.seq)) {
        return world_.found(fmt::format("{}: sample {} was evaluated and was not due", agent, evaluated.seq));
    }
    group.due.erase(due);
    const auto* bytes = offered_as({agent, Stream::metrics, evaluated.incarnation}, evaluated.seq);
    if (bytes == nullptr) {
        return;  // found already: it was applied
    }
    const auto entry = protocol::decode_entry(*bytes).value();
    const auto expected = expect(agent, std::get<protocol::SampleBatch>(entry));
    if (expected != group.moved) {
        world_.found(fmt::format("{}: sample {} moved {} alerts and should have moved {} so", agent, evaluated.seq,
                                 group.moved.size(), expected.size()));
    }
    group.moved.clear();
    kept_.evaluated[agent] = evaluated;
}

// What a group makes of all that is stored is not worked out again. It never goes back in time, but when a clock was
// far ahead and is set right.
void StoreWitness::check_group_evaluated(const std::string& owner, const alerts::EvaluationCursor& cursor,
                                         Group& group) {
    const auto before = kept_.evaluated.find(owner);
    if (before != kept_.evaluated.end() && cursor.sampled_at <= before->second.sampled_at &&
        before->second.sampled_at - group.wall <= alerts::clock_ahead_max) {
        world_.found(fmt::format("a group was evaluated for {} after {}", to_rfc3339(cursor.sampled_at),
                                 to_rfc3339(before->second.sampled_at)));
    }
    ++group_evaluations_all_;
    group.moved.clear();
    kept_.evaluated[owner] = cursor;
}

std::map<std::string, StoreWitness::Phases> StoreWitness::expect(const std::string& agent,
                                                                 const protocol::SampleBatch& sample) {
    const auto at = wall_from_unix_ms(sample.sampled_at_unix_ms);
    const auto before = kept_.evaluated.find(agent);
    const auto previous = before == kept_.evaluated.end() ? std::nullopt : std::optional(before->second.sampled_at);
    std::map<std::string, Phases> moved;
    const auto take = [&](const std::string& alert, Observed seen, const alerts::AlertPolicy& policy) {
        auto& state = kept_.expected[alert];
        const auto from = state.phase;
        state = alerts::step(state, seen, at, seen == Observed::nothing ? std::nullopt : previous, policy).state;
        if (state.phase != from) {
            moved.emplace(alert, Phases{from, state.phase});
        }
    };
    std::set<std::string> seen;
    for (const auto& [labels, value] : series_of(agent, sample)) {
        for (const auto& threshold : thresholds) {
            if (labels.at("__name__") == threshold.metric) {
                const auto& rule = rule_of(rules_, threshold.alert);
                auto of_alert = labels;
                of_alert.erase("__name__");
                const auto alert = alerts::alert_id(rule.key, AgentId{agent}, of_alert);
                seen.insert(alert);
                kept_.agent_of[alert] = agent;
                take(alert, value > threshold.above ? Observed::breach : Observed::fine,
                     {.hold = rule.hold, .keep_firing = rule.keep_firing, .is_damped = rule.is_damped});
            }
        }
    }
    for (const auto& [alert, owner] : kept_.agent_of) {
        const auto& state = kept_.expected[alert];
        if (owner == agent && !seen.contains(alert) && (is_active(state.phase) || state.changes != 0)) {
            take(alert, Observed::nothing, {});
        }
    }
    return moved;
}

// A page stands in one commit with the transition that it tells of, and there is one of each.
void StoreWitness::check_page(std::string_view row, Group& group) {
    auto page = alerts::decode_notification(row).value();
    page.receiver = "on-call";  // the only one
    --group.unpaged[{page.alert_id, page.is_resolved}];
    const auto phase = page.is_resolved ? Phase::resolved : Phase::firing;
    if (!group.reached.contains({page.alert_id, phase})) {
        world_.found(fmt::format("alert {}: a page tells that it is {}, which is not saved with it", page.alert_id,
                                 name_of(phase)));
    }
    const auto key = alerts::idempotency_key(page);
    if (!kept_.pages.insert(key).second) {
        world_.found(fmt::format("alert {}: a page was queued twice: {}", page.alert_id, key));
    }
    kept_.newest_page[page.alert_id] = key;
}

void StoreWitness::posted(const std::string& idempotency_key) {
    world_.note(idempotency_key);
    if (!kept_.pages.contains(idempotency_key)) {
        world_.found("a page leaves that is not on the disk: " + idempotency_key);
    }
}

}  // namespace vigie::simulation
