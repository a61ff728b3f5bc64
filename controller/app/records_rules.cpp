// What the committer's thread does with rules.
#include "controller/app/records.hpp"
#include "controller/link/host_keys.hpp"
#include "controller/rules/locality.hpp"
#include "controller/store/keys.hpp"

namespace vigie::controller {
namespace {

// A name that no host has.
AgentId owner_of_rule(const rules::Rule& rule) {
    return AgentId{'\x1f' + rule.key};
}

// Hosts whose alerts were ended because an operator removed them, or revoked their keys. What they sent is still read
// by groups, and would let the alerts begin again.
class GoneHosts {
  public:
    GoneHosts(const StateStore& store, const StoreBatch& batch) : store_(store) {
        for (const auto& change : batch.changes()) {
            if (change.family == Family::hosts && change.kind == StoreBatch::Change::Kind::put) {
                changed_.insert_or_assign(change.key, change.value);
            }
        }
    }

    Result<bool> contains(const std::string& name) {
        const auto [known, is_new] = known_.try_emplace(name, false);
        if (is_new) {
            VIGIE_TRY(known->second, look_up(AgentId{name}));
        }
        return known->second;
    }

  private:
    Result<bool> look_up(const AgentId& agent) const {
        const auto key = keys::agent(agent);
        VIGIE_TRY(auto row, store_.get(Family::hosts, key));
        if (const auto changed = changed_.find(key); changed != changed_.end()) {
            row = changed->second;
        }
        if (row) {
            VIGIE_TRY(const auto host, read_host(key, *row));
            if (host.state == HostState::left) {
                return true;
            }
        }
        // A key's revocation is stored before its host's alerts are ended.
        const auto record = agent_record(store_, StoreBatch(), agent);
        return record && record->revoked_at.has_value();
    }

    const StateStore& store_;
    std::map<std::string, std::string> changed_;  // hosts' rows of the batch
    std::map<std::string, bool> known_;
};

Result<rules::RuleVerdicts> without_gone(rules::RuleVerdicts judged, GoneHosts& gone) {
    std::vector<rules::Verdict> kept;
    for (auto& verdict : judged.verdicts) {
        const auto host = verdict.labels.find(std::string(rules::host_label));
        const bool is_of_host = verdict.is_true && host != verdict.labels.end();
        VIGIE_TRY(const bool is_gone, is_of_host ? gone.contains(host->second) : Result<bool>(false));
        if (!is_gone) {
            kept.push_back(std::move(verdict));
        }
    }
    judged.verdicts = std::move(kept);
    return judged;
}

// Gives why the rule fails; "" when it does not.
Result<std::string> record_series(Ingest& ingest, const rules::RuleOutcome& outcome, WallTime at, WallTime now,
                                  std::set<const rules::Rule*>& had_samples, StoreBatch& batch) {
    std::vector<std::pair<LabelSet, double>> samples;
    for (const auto& sample : outcome.recorded) {
        samples.emplace_back(sample.labels, sample.value);
    }
    // A row without a series that the one before had ends it; of a rule that has nothing one is enough.
    if (!samples.empty() || had_samples.contains(outcome.rule)) {
        auto recorded = ingest.record_samples(owner_of_rule(*outcome.rule), at, now, samples, batch);
        if (!recorded && recorded.error().code == ErrorCode::too_large) {
            return std::move(recorded.error().message);
        }
        VIGIE_CHECK(recorded);
    }
    if (samples.empty()) {
        had_samples.erase(outcome.rule);
    } else {
        had_samples.insert(outcome.rule);
    }
    return std::string();
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

// Gives the number of pages.
size_t Records::note_alerts(const alerts::Applied& applied, WallTime at, WallTime now, StoreBatch& batch) {
    alert_series_->write_changed(applied, at, now, batch);
    if (!applied.changed.empty()) {
        own_series_changed_at_ = now;
    }
    return applied.pages + escalations_.on_turned(applied.turned, moment(), batch);
}

Result<size_t> Records::on_verdicts(const AgentId& agent, const alerts::EvaluationCursor& cursor,
                                    std::span<const rules::RuleVerdicts> verdicts, WallTime now, StoreBatch& batch) {
    VIGIE_CHECK(escalations_.ready(moment()));
    VIGIE_TRY(const auto applied, alerts_.apply(agent, cursor, verdicts, now, batch));
    if (!applied.changed.contains(agent)) {
        alert_series_->write(agent, cursor.sampled_at, now, batch);
    }
    return note_alerts(applied, cursor.sampled_at, now, batch);
}

Result<size_t> Records::tell(const AgentId& agent, const alerts::OwnFinding& finding, WallTime at, StoreBatch& batch) {
    VIGIE_CHECK(escalations_.ready(moment()));
    VIGIE_TRY(const auto applied, alerts_.tell(agent, finding, at, batch));
    return note_alerts(applied, at, clock_.wall(), batch);
}

Result<size_t> Records::note_capped(const AgentId& agent, const std::string& over_cap, WallTime now,
                                    StoreBatch& batch) {
    const auto found = capped_.find(agent);
    const bool is_over = !over_cap.empty();
    if (is_over) {
        capped_[agent] = now;
    }
    const bool is_calm = found != capped_.end() && !is_over && now - found->second >= capped_calm_after;
    if (!is_over && !is_calm) {
        return size_t{0};
    }
    if (is_calm) {
        calmed_.push_back(agent);
    }
    return tell(
        agent,
        {.name = alerts::series_capped,
         .is_true = is_over,
         .value = is_over ? 1.0 : 0.0,
         .summary = fmt::format("{}: {}", agent.value, over_cap),
         .cause = is_over ? "series over the cap" : "all series had room for " + format_duration(capped_calm_after)},
        now, batch);
}

Result<size_t> Records::close_removed_rules(StoreBatch& batch) {
    const auto now = clock_.wall();
    VIGIE_CHECK(escalations_.ready(moment()));
    VIGIE_TRY(const auto applied, alerts_.close_removed_rules(rules_, now, batch));
    return note_alerts(applied, now, now, batch);
}

Result<size_t> Records::close_alert(std::string_view id, std::string_view cause, StoreBatch& batch) {
    const auto now = clock_.wall();
    VIGIE_CHECK(escalations_.ready(moment()));
    VIGIE_TRY(const auto applied, alerts_.close_alert(id, cause, now, batch));
    return note_alerts(applied, now, now, batch);
}

Result<size_t> Records::on_group(const rules::GroupOutcome& outcome, StoreBatch& batch) {
    const auto before = batch.changes().size();
    const auto recorded = ingest_->recorded();
    auto pages = take_group(outcome, batch);
    if (!pages) {
        batch.truncate(before);
        ingest_->undo_recorded(recorded);
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
    GoneHosts gone(store_, batch);
    auto had_samples = had_samples_;  // kept once nothing can fail any more
    std::vector<rules::RuleVerdicts> verdicts;
    for (const auto& one : outcome.rules) {
        auto failure = one.failure;
        if (one.rule->is_alerting()) {
            VIGIE_TRY(verdicts.emplace_back(), without_gone(one.verdicts, gone));
        } else if (one.failure.empty()) {
            VIGIE_TRY(failure, record_series(*ingest_, one, outcome.at, now, had_samples, batch));
        }
        VIGIE_CHECK(note_health(*one.rule, false, outcome.at, one.took, failure, {}, batch));
    }
    const alerts::EvaluationCursor cursor{
        .incarnation = 0, .seq = static_cast<uint64_t>(unix_ms(outcome.at)), .sampled_at = outcome.at};
    VIGIE_TRY(const auto pages, on_verdicts(owner, cursor, verdicts, now, batch));
    had_samples_ = std::move(had_samples);
    return pages;
}

alerts::RuleKeys Records::rules_with_alerts(size_t group) {
    return alerts_.rules_with_alerts(alerts::owner_of_group(rules_.key_of_group(group))).value_or(alerts::RuleKeys{});
}

}  // namespace vigie::controller
