#include "controller/app/host_series.hpp"

#include "controller/rules/own_series.hpp"
#include "shared/log/log.hpp"

namespace vigie::controller {
namespace {

// A name that neither a host nor a rule has, as alert_series.cpp has one.
AgentId owner_of_series(const AgentId& host) {
    return AgentId{fmt::format("\x1f\x1f{}\x1f{}", rules::up_metric, host.value)};
}

}  // namespace

std::vector<HostUp> hosts_up(const Fleet& fleet) {
    std::vector<HostUp> up;
    for (const auto* host : fleet.hosts()) {
        if (host->state == HostState::silent && !host->is_key_revoked) {
            up.push_back({host->id, false});
        } else if (host->state == HostState::up && !host->is_key_revoked) {
            // After a start of the controller its hosts are taken for up until they have had time to come back.
            up.push_back({host->id, host->is_connected ? std::optional(true) : std::nullopt, host->clock_ahead});
        }
    }
    return up;
}

bool HostSeries::is_due(const HostUp& host, WallTime now) {
    const auto found = written_.find(host.host);
    if (found == written_.end()) {
        return host.is_up.has_value();
    }
    found->second.round = round_;
    const auto since = now - found->second.at;
    return host.is_up && (found->second.is_up != *host.is_up || since >= host_series_period || since < 0ms);
}

bool HostSeries::refresh(std::span<const HostUp> hosts, WallTime now, StoreBatch& batch) {
    ++round_;
    rows_ = 0;
    bool is_any_changed = false;
    for (const auto& host : hosts) {
        if (!is_due(host, now) || rows_ >= host_series_rows_max) {
            continue;
        }
        const auto before = written_.find(host.host);
        const bool is_changed = before == written_.end() || before->second.is_up != *host.is_up;
        if (put(host, now, batch)) {
            written_[host.host] = {now, *host.is_up, round_};
            is_any_changed = is_any_changed || is_changed;
        }
    }
    return end_others(now, batch) || is_any_changed;
}

// A row without the series ends it.
bool HostSeries::end_others(WallTime now, StoreBatch& batch) {
    bool is_any = false;
    for (auto one = written_.begin(); one != written_.end();) {
        if (one->second.round == round_ || rows_ >= host_series_rows_max || !put({one->first, {}}, now, batch)) {
            ++one;
        } else {
            one = written_.erase(one);
            is_any = true;
        }
    }
    return is_any;
}

bool HostSeries::put(const HostUp& host, WallTime now, StoreBatch& batch) {
    std::vector<std::pair<LabelSet, double>> samples;
    if (host.is_up) {
        samples.emplace_back(rules::host_series_labels(rules::up_metric, host.host.value), *host.is_up ? 1 : 0);
    }
    if (host.is_up == true) {
        samples.emplace_back(rules::host_series_labels(rules::clock_skew_metric, host.host.value),
                             static_cast<double>(host.clock_ahead.count()) / 1000);
    }
    ++rows_;
    const auto recorded = ingest_.record_samples(owner_of_series(host.host), now, now, samples, batch);
    if (!std::exchange(is_failing_, !recorded.has_value()) && !recorded) {
        log::error("series {} are not stored: {}", rules::up_metric, recorded.error().message);
    }
    return recorded.has_value();
}

void HostSeries::on_committed(bool is_stored) {
    if (!is_stored) {
        written_.clear();
    }
}

}  // namespace vigie::controller
