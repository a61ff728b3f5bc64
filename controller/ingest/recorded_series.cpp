#include "controller/ingest/recorded_series.hpp"

#include "controller/store/keys.hpp"

namespace vigie::controller {
namespace {

// Of one rule, since ever: their ids stay in memory. Ten thousand hosts with ten series each.
constexpr size_t series_of_rule_max = 100'000;

}  // namespace

Result<SeriesIds*> RecordedSeries::ids_of(const AgentId& owner) {
    if (const auto found = owners_.find(owner); found != owners_.end()) {
        return &found->second;
    }
    VIGIE_TRY(auto ids, stored_series_ids(store_, owner));
    return &owners_.emplace(owner, std::move(ids)).first->second;
}

Result<std::vector<uint64_t>> RecordedSeries::resolve(const AgentId& owner,
                                                      std::span<const std::pair<LabelSet, double>> samples,
                                                      uint64_t& next_id, StoreBatch& batch) {
    VIGIE_TRY(auto* const ids, ids_of(owner));
    std::vector<std::string> texts;
    texts.reserve(samples.size());
    for (const auto& [labels, _] : samples) {
        texts.push_back(format_series(labels));
    }
    const auto fresh =
        std::count_if(texts.begin(), texts.end(), [ids](const auto& text) { return !ids->contains(text); });
    if (ids->size() + static_cast<size_t>(fresh) > series_of_rule_max) {
        return fail(ErrorCode::too_large,
                    "with {} new series it would have recorded more than the {} that one rule may; aggregate away the "
                    "labels whose values do not repeat",
                    fresh, series_of_rule_max);
    }
    std::vector<uint64_t> resolved;
    resolved.reserve(samples.size());
    for (size_t i = 0; i < samples.size(); ++i) {
        const auto& labels = samples[i].first;
        const auto [found, is_new] = ids->try_emplace(std::move(texts[i]), next_id);
        if (is_new) {
            ++next_id;
            added_.emplace_back(owner, found->first);
            const auto row = label_row(labels, owner.value);
            batch.put(Family::series, keys::series(found->second), row);
            batch.put(Family::sidx, keys::own_series(owner, found->first), keys::number(found->second));
            for (const auto& [name, value] : labels) {
                batch.put(Family::sidx, keys::posting(name, value, found->second),
                          keys::carries_labels(name) ? row : std::string());
            }
        }
        resolved.push_back(found->second);
    }
    return resolved;
}

void RecordedSeries::undo_to(size_t added) {
    for (; added_.size() > added; added_.pop_back()) {
        owners_.at(added_.back().first).erase(added_.back().second);
    }
}

void RecordedSeries::on_committed(bool is_stored) {
    added_.clear();
    if (!is_stored) {
        owners_.clear();
    }
}

}  // namespace vigie::controller
