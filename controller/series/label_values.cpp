// Without matchers the postings are walked from one name, or value, to the next, over all series between them.
#include "controller/series/label_values.hpp"

#include <set>

#include "controller/store/keys.hpp"

namespace vigie::controller {

namespace {

using Texts = std::set<std::string>;

Result<void> add(Texts& texts, const std::string& text, size_t results_max) {
    texts.insert(text);
    if (texts.size() > results_max) {
        return fail(ErrorCode::too_large, "there are more than {}: narrow them down with a matcher", results_max);
    }
    return {};
}

std::vector<std::string> sorted(const Texts& texts) {
    return {texts.begin(), texts.end()};
}

// What `take` gives of each series that the matchers accept.
template <typename Take>
Result<std::vector<std::string>> of_series(const StateStore& store, const LabelWish& wish, const Take& take) {
    VIGIE_TRY(const auto found, find_series(*store.snapshot(), wish.matchers, wish.limits));
    Texts texts;
    for (const auto& series : found) {
        VIGIE_CHECK(take(series.labels, texts));
    }
    return sorted(texts);
}

}  // namespace

Result<std::vector<std::string>> label_names(const StateStore& store, const LabelWish& wish) {
    if (!wish.matchers.empty()) {
        return of_series(store, wish, [&wish](const LabelSet& labels, Texts& texts) -> Result<void> {
            for (const auto& [name, value] : labels) {
                VIGIE_CHECK(value.empty() ? Result<void>() : add(texts, name, wish.results_max));
            }
            return {};
        });
    }
    const auto snapshot = store.snapshot();
    const auto cursor = snapshot->cursor(Family::sidx);
    Texts texts;
    // No label is named "": under it stand the hosts' own rows.
    for (auto from = keys::after_prefix(keys::posting_label_prefix("")); cursor->seek(from);) {
        VIGIE_TRY(const auto posting, keys::read_posting(cursor->key()));
        VIGIE_CHECK(add(texts, posting.label, wish.results_max));
        from = keys::after_prefix(keys::posting_label_prefix(posting.label));
    }
    VIGIE_CHECK(cursor->status());
    return sorted(texts);
}

Result<std::vector<std::string>> label_values(const StateStore& store, const std::string& label,
                                              const LabelWish& wish) {
    if (label.empty()) {
        return fail(ErrorCode::malformed, "a label's name must not be empty");
    }
    if (!wish.matchers.empty()) {
        return of_series(store, wish, [&wish, &label](const LabelSet& labels, Texts& texts) -> Result<void> {
            const auto found = labels.find(label);
            return found == labels.end() || found->second.empty() ? Result<void>()
                                                                  : add(texts, found->second, wish.results_max);
        });
    }
    const auto snapshot = store.snapshot();
    const auto cursor = snapshot->cursor(Family::sidx);
    const auto prefix = keys::posting_label_prefix(label);
    Texts texts;
    for (auto from = prefix; cursor->seek(from) && cursor->key().starts_with(prefix);) {
        VIGIE_TRY(const auto posting, keys::read_posting(cursor->key()));
        VIGIE_CHECK(posting.value.empty() ? Result<void>() : add(texts, posting.value, wish.results_max));
        from = keys::after_prefix(keys::posting_prefix(label, posting.value));
    }
    VIGIE_CHECK(cursor->status());
    return sorted(texts);
}

}  // namespace vigie::controller
