// What the committer's thread does with rules.
#include "controller/app/records.hpp"

namespace vigie::controller {
namespace {

// A name that no host has.
AgentId owner_of_rule(const rules::Rule& rule) {
    return AgentId{'\x1f' + rule.key};
}

}  // namespace

Result<void> Records::note_health(const rules::Rule& rule, bool is_of_one_host, WallTime at, nanoseconds took,
                                  const std::string& failure, const AgentId& agent, StoreBatch& batch) {
    const auto change = vitals_.note(rule, is_of_one_host, at, took, failure);
    if (change == 0) {
        return {};
    }
    const auto now = clock_.wall();
    const auto place = fmt::format("{}:{}: rule '{}'", rule.file, rule.line, rule.name);
    return ingest_->record(
        Event{.recorded_at = now,
              .happened_at = now,
              .severity = change > 0 ? Severity::error : Severity::info,
              .agent = agent,
              .kind = "rule",
              .message = change > 0 ? fmt::format("{} cannot be evaluated{}: {}", place,
                                                  agent.value.empty() ? "" : " for " + agent.value, failure)
                                    : fmt::format("{} can be evaluated again", place)},
        batch);
}

Result<void> Records::note_judged(const AgentId& agent, WallTime at, std::span<const rules::RuleVerdicts> judged,
                                  StoreBatch& batch) {
    for (const auto& one : judged) {
        VIGIE_CHECK(note_health(*one.rule, true, at, nanoseconds{0}, one.failure, agent, batch));
    }
    return {};
}

Result<size_t> Records::on_group(const rules::GroupOutcome& outcome, StoreBatch& batch) {
    const auto before = batch.changes().size();
    auto pages = take_group(outcome, batch);
    if (!pages) {
        batch.truncate(before);
        ingest_->forget_recorded();  // ids of series whose rows are not in the batch any more
    }
    return pages;
}

Result<size_t> Records::take_group(const rules::GroupOutcome& outcome, StoreBatch& batch) {
    const auto owner = alerts::owner_of_group(rules_.key_of_group(outcome.group));
    const auto now = clock_.wall();
    VIGIE_TRY(const bool is_new, alerts_.is_new(owner, outcome.at, now));
    if (!is_new) {
        return size_t{0};
    }
    std::vector<rules::RuleVerdicts> verdicts;
    for (const auto& one : outcome.rules) {
        VIGIE_CHECK(note_health(*one.rule, false, outcome.at, one.took, one.failure, {}, batch));
        if (one.rule->is_alerting()) {
            verdicts.push_back(one.verdicts);
        } else if (one.failure.empty()) {
            std::vector<std::pair<LabelSet, double>> samples;
            for (const auto& sample : one.recorded) {
                samples.emplace_back(sample.labels, sample.value);
            }
            // A row without a series that the one before had ends it; of a rule that has nothing one is enough.
            const bool had_samples = had_samples_.contains(one.rule);
            if (!samples.empty() || had_samples) {
                VIGIE_CHECK(ingest_->record_samples(owner_of_rule(*one.rule), outcome.at, now, samples, batch));
            }
            if (samples.empty()) {
                had_samples_.erase(one.rule);
            } else {
                had_samples_.insert(one.rule);
            }
        }
    }
    const alerts::EvaluationCursor cursor{
        .incarnation = 0, .seq = static_cast<uint64_t>(unix_ms(outcome.at)), .sampled_at = outcome.at};
    VIGIE_TRY(const auto applied, alerts_.apply(owner, cursor, verdicts, now, batch));
    return applied.pages;
}

alerts::RuleKeys Records::rules_with_alerts(size_t group) {
    return alerts_.rules_with_alerts(alerts::owner_of_group(rules_.key_of_group(group))).value_or(alerts::RuleKeys{});
}

}  // namespace vigie::controller
