// Which labels there are and which values they have, such as for the lists of a dashboard. Any thread, one snapshot.
#pragma once
#include "controller/series/select.hpp"

namespace vigie::controller {

// Only series that all matchers accept; without any, of all series ever stored, which costs a look for each result and
// none for each series. Sorted. too_large: more results than results_max, or as find_series says.
struct LabelWish {
    const std::vector<query::Matcher>& matchers;
    size_t results_max = 10'000;
    SelectLimits limits{};
};
Result<std::vector<std::string>> label_names(const StateStore& store, const LabelWish& wish);
Result<std::vector<std::string>> label_values(const StateStore& store, const std::string& label, const LabelWish& wish);

}  // namespace vigie::controller
