#include "controller/app/alert_series.hpp"

#include "controller/rules/alert_series.hpp"
#include "shared/log/log.hpp"

namespace vigie::controller {
namespace {

using alerts::Phase;

// A name that neither a host nor a rule has: no rule's key begins with a separator (records_rules.cpp).
AgentId owner_of_series(const AgentId& owner) {
    return AgentId{fmt::format("\x1f\x1f{}\x1f{}", rules::alerts_metric, owner.value)};
}

// One that fired is not over while nobody can judge it.
std::vector<std::pair<LabelSet, double>> samples_of(std::span<const alerts::AlertRecord* const> active) {
    std::vector<rules::RecordedSample> series;
    for (const auto* alert : active) {
        if (alert->state.is_open || alert->state.phase == Phase::pending) {
            rules::add_alert_series(alert->labels, alert->state.is_open, alert->state.active_since, series);
        }
    }
    // Alerts of two rules may have the same labels; a row has each series once.
    std::map<LabelSet, double> unique;
    for (auto& one : series) {
        unique.insert_or_assign(std::move(one.labels), one.value);
    }
    return {unique.begin(), unique.end()};
}

}  // namespace

void AlertSeries::write(const AgentId& owner, WallTime at, WallTime now, StoreBatch& batch) {
    put(owner, at, now, false, batch);
}

void AlertSeries::write_changed(const alerts::Applied& applied, WallTime at, WallTime now, StoreBatch& batch) {
    for (const auto& owner : applied.changed) {
        put(owner, at, now, true, batch);
    }
}

void AlertSeries::put(const AgentId& owner, WallTime at, WallTime now, bool is_changed, StoreBatch& batch) {
    const auto active = book_.active_alerts(owner);
    if (!active || (active->empty() && !is_changed)) {
        return;
    }
    const auto first = written_before_ ? *written_before_ : written_before_.emplace(now);
    auto& last = written_.try_emplace(owner, first).first->second;
    // The clock was set back: what was written is of a time that has yet to come.
    if (last - now > alerts::clock_ahead_max) {
        last = now;
    }
    // The newest row is written again when its host brings what it could not send before.
    const auto time = std::min(at, now);
    if (time < last && !is_changed) {
        return;
    }
    last = std::max(time, last);
    const auto samples = samples_of(*active);
    const auto of_series = owner_of_series(owner);
    auto recorded = ingest_.record_samples(of_series, last, now, samples, batch);
    // A new alert that finds no room neither stops the series that are there nor keeps one from its end.
    if (!recorded && recorded.error().code == ErrorCode::too_large) {
        if (const auto kept = ingest_.record_known_samples(of_series, last, now, samples, batch); !kept) {
            recorded = kept;
        }
    }
    note(recorded, now, batch);
}

// It fails again with each alert until there is room: it is told once.
void AlertSeries::note(const Result<void>& recorded, WallTime now, StoreBatch& batch) {
    const bool is_new = !std::exchange(is_failing_, !recorded.has_value()) && !recorded;
    if (!is_new) {
        return;
    }
    const auto message = fmt::format("series {} are not stored: {}", rules::alerts_metric, recorded.error().message);
    const bool is_over_cap = recorded.error().code == ErrorCode::too_large;
    const auto told = is_over_cap ? ingest_.record(Event{.recorded_at = now,
                                                         .happened_at = now,
                                                         .severity = Severity::error,
                                                         .agent = {},
                                                         .kind = "series_total",
                                                         .message = message},
                                                   batch)
                                  : Result<void>(fail(recorded.error()));
    if (!told) {
        log::error("{}", message);
    }
}

void AlertSeries::refresh(WallTime now, StoreBatch& batch) {
    const auto since_last = now - refreshed_at_;
    if (since_last >= 0ms && since_last < alert_series_period / 6) {
        return;
    }
    refreshed_at_ = now;
    const auto owners = book_.owners_of_active();
    for (const auto& owner : owners ? *owners : std::vector<AgentId>()) {
        const auto found = written_.find(owner);
        if (found == written_.end() || now - found->second >= alert_series_period ||
            found->second - now > alerts::clock_ahead_max) {
            put(owner, now, now, false, batch);
        }
    }
}

void AlertSeries::on_committed(bool is_stored) {
    if (!is_stored) {
        written_.clear();
        written_before_.reset();
    }
}

}  // namespace vigie::controller
