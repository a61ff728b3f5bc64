#include "controller/ingest/recorded_series.hpp"

#include "controller/store/keys.hpp"

namespace vigie::controller {

Result<void> RecordedSeries::load() {
    count_ = 0;
    const auto prefix = keys::KeyWriter().text("").rest({&recording_owner_mark, 1}).take();  // as keys::own_series
    return store_.scan(Family::sidx, prefix, keys::after_prefix(prefix), [this](std::string_view, std::string_view) {
        ++count_;
        return true;
    });
}

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
    if (ids->size() + static_cast<size_t>(fresh) > caps_.of_owner) {
        return fail(ErrorCode::too_large,
                    "with {} new series it would have recorded more than the {} that one rule may; aggregate away the "
                    "labels whose values do not repeat",
                    fresh, caps_.of_owner);
    }
    if (fresh > 0 && count_ + static_cast<size_t>(fresh) > caps_.in_all) {
        return fail(
            ErrorCode::too_large,
            "with {} new series all rules together would have recorded more than the {} that they may, and have "
            "recorded {}; what rules recorded long ago counts too",
            fresh, caps_.in_all, count_);
    }
    std::vector<uint64_t> resolved;
    resolved.reserve(samples.size());
    for (size_t i = 0; i < samples.size(); ++i) {
        const auto& labels = samples[i].first;
        const auto [found, is_new] = ids->try_emplace(std::move(texts[i]), next_id);
        if (is_new) {
            ++next_id;
            ++count_;
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

Result<std::vector<std::pair<LabelSet, double>>> RecordedSeries::known_of(
    const AgentId& owner, std::span<const std::pair<LabelSet, double>> samples) {
    VIGIE_TRY(const auto* const ids, ids_of(owner));
    std::vector<std::pair<LabelSet, double>> known;
    std::copy_if(samples.begin(), samples.end(), std::back_inserter(known),
                 [ids](const auto& sample) { return ids->contains(format_series(sample.first)); });
    return known;
}

void RecordedSeries::undo_to(size_t added) {
    for (; added_.size() > added; added_.pop_back(), --count_) {
        owners_.at(added_.back().first).erase(added_.back().second);
    }
}

void RecordedSeries::on_committed(bool is_stored) {
    if (!is_stored) {
        count_ -= added_.size();
    }
    added_.clear();
    if (!is_stored) {
        owners_.clear();
    }
}

}  // namespace vigie::controller
