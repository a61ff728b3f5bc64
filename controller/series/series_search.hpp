// Which series matchers name, by postings. Those of a metric's name and of a host carry the labels, so that a selector
// with either costs one pass over its postings; of others the labels are read one by one.
#pragma once
#include "controller/series/select.hpp"

namespace vigie::controller {

// In the order of ids. Errors as find_series.
Result<std::vector<SelectedSeries>> search_series(const StoreSnapshot& store,
                                                  const std::vector<query::Matcher>& matchers,
                                                  const SelectLimits& limits);

}  // namespace vigie::controller
