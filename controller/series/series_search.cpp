// One matcher drives: its postings are walked, and the others are tested on the labels.
#include "controller/series/series_search.hpp"

#include <algorithm>

#include "controller/store/keys.hpp"

namespace vigie::controller {

namespace {

using query::Matcher;

// Beside looking at one sample: reading a series' labels, a posting, and the first posting of a value.
constexpr size_t cost_of_labels = 500;
constexpr size_t cost_of_posting = 100;
constexpr size_t cost_of_seek = 500;
// Of a value that a pattern is tried on.
constexpr size_t cost_of_letter = 2;

// Only such a matcher can drive: one that "" (no such label) satisfies also accepts series without postings.
bool needs_label(const Matcher& matcher) {
    return !matcher.is_match(std::string_view{});
}

// A host's series are few beside those of a metric, and these beside those of a label like `mode`; a pattern may
// choose any number of values. Nearly all series of the controller have one job.
int turn_of(const Matcher& matcher) {
    if (matcher.label() == "job") {
        return matcher.kind() == Matcher::Kind::equal ? 5 : 6;
    }
    const bool is_exact = matcher.kind() == Matcher::Kind::equal;
    const bool is_name = matcher.label() == query::metric_name_label;
    return is_exact ? (matcher.label() == "instance" ? 0 : is_name ? 1 : 2) : is_name ? 3 : 4;
}

const Matcher* driver_of(const std::vector<Matcher>& matchers) {
    const Matcher* best = nullptr;
    for (const auto& matcher : matchers) {
        if (needs_label(matcher) && (best == nullptr || turn_of(matcher) < turn_of(*best))) {
            best = &matcher;
        }
    }
    return best;
}

class SeriesSearch {
  public:
    // The driver is one of the matchers.
    SeriesSearch(const StoreSnapshot& store, const std::vector<Matcher>& matchers, const Matcher& driver,
                 const SelectLimits& limits)
        : store_(store), matchers_(matchers), driver_(driver), limits_(limits), postings_(store.cursor(Family::sidx)) {}

    Result<std::vector<SelectedSeries>> run() {
        if (driver_.kind() == Matcher::Kind::equal) {
            VIGIE_CHECK(walk(driver_.label(), driver_.value()));
        } else {
            VIGIE_CHECK(walk_values());
        }
        std::sort(found_.begin(), found_.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
        return std::move(found_);
    }

  private:
    // From one value of the label to the next, over the postings between them.
    Result<void> walk_values() {
        const auto prefix = keys::posting_label_prefix(driver_.label());
        for (auto from = prefix; postings_->seek(from) && postings_->key().starts_with(prefix);) {
            VIGIE_TRY(const auto posting, keys::read_posting(postings_->key()));
            VIGIE_CHECK(spend(cost_of_seek + posting.value.size() * cost_of_letter));
            if (driver_.is_match(std::string_view(posting.value))) {
                VIGIE_CHECK(walk(driver_.label(), posting.value));
            }
            from = keys::after_prefix(keys::posting_prefix(driver_.label(), posting.value));
        }
        return postings_->status();
    }

    Result<void> walk(const std::string& label, const std::string& value) {
        const auto prefix = keys::posting_prefix(label, value);
        for (bool is_row = postings_->seek(prefix); is_row && postings_->key().starts_with(prefix);
             is_row = postings_->next()) {
            VIGIE_TRY(const auto id, keys::read_series(postings_->key().substr(prefix.size())));
            VIGIE_CHECK(take(id, postings_->value()));
        }
        return postings_->status();
    }

    // `row`: the labels, or nothing in postings that don't carry them.
    Result<void> take(uint64_t id, std::string_view row) {
        if (!row.empty()) {
            VIGIE_CHECK(spend(cost_of_posting));
            return test(id, row);
        }
        VIGIE_CHECK(spend(cost_of_labels));
        VIGIE_TRY(const auto stored, store_.get(Family::series, keys::series(id)));
        return stored ? test(id, *stored) : Result<void>();
    }

    Result<void> test(uint64_t id, std::string_view row) {
        // Values stand in the row as they are: most rows are known by that to be others', before their labels are read.
        for (const auto& matcher : matchers_) {
            if (&matcher != &driver_ && matcher.kind() == Matcher::Kind::equal &&
                row.find(matcher.value()) == std::string_view::npos) {
                return {};
            }
        }
        VIGIE_CHECK(read_label_views(row, views_));
        const auto is_accepted = [this](const Matcher& matcher) {
            const auto label = std::find_if(views_.begin(), views_.end(),
                                            [&matcher](const auto& view) { return view.first == matcher.label(); });
            return matcher.is_match(label == views_.end() ? std::string_view() : label->second);
        };
        if (!std::all_of(matchers_.begin(), matchers_.end(), is_accepted)) {
            return {};
        }
        if (found_.size() == limits_.series_max) {
            return fail(ErrorCode::too_large, "the selection has more than {} series: narrow it down",
                        limits_.series_max);
        }
        VIGIE_CHECK(limits_.budget == nullptr ? Result<void>() : limits_.budget->take(1));
        auto& series = found_.emplace_back();
        series.id = id;
        for (const auto& [name, value] : views_) {
            if (name.empty()) {
                series.owner = value;  // series_rows.hpp
            } else {
                series.labels.emplace_hint(series.labels.end(), name, value);
            }
        }
        if (const auto host = series.labels.find("instance"); series.owner.empty() && host != series.labels.end()) {
            series.owner = host->second;
        }
        return {};
    }

    Result<void> spend(size_t cost) { return limits_.budget == nullptr ? Result<void>() : limits_.budget->spend(cost); }

    const StoreSnapshot& store_;
    const std::vector<Matcher>& matchers_;
    const Matcher& driver_;
    const SelectLimits& limits_;
    std::unique_ptr<StoreCursor> postings_;
    LabelViews views_;
    std::vector<SelectedSeries> found_;
};

}  // namespace

Result<std::vector<SelectedSeries>> search_series(const StoreSnapshot& store,
                                                  const std::vector<query::Matcher>& matchers,
                                                  const SelectLimits& limits) {
    const auto* driver = driver_of(matchers);
    if (driver == nullptr) {
        return fail(ErrorCode::malformed, "a selector needs a name or a matcher that does not accept an empty label");
    }
    return SeriesSearch(store, matchers, *driver, limits).run();
}

}  // namespace vigie::controller
