// Which series are stored in a time, and the labels they have: what people and Grafana choose from. Any thread, one
// snapshot.
#pragma once
#include <span>

#include "controller/series/label_values.hpp"

namespace vigie::controller {

// What is listed: the series that one of the selectors accepts and that have samples in the time.
struct Listed {
    std::span<const std::vector<query::Matcher>> selectors{};
    // Both included; looked at only when is_timed. What is sealed counts by its slot of 20 minutes: Prometheus too
    // looks at its chunks as a whole.
    WallTime from{};
    WallTime to{};
    bool is_timed = false;
};

// Each label set once, by labels. Errors are those of find_series. A series that came and went within one slot that is
// not sealed yet, between two reports that both lack it, is left out of a timed list.
Result<std::vector<LabelSet>> list_series(const StateStore& store, const Listed& listed, const SelectLimits& limits);

// Sorted. Without a selector: of all that is stored, whatever the time. too_large too: more than names_max.
Result<std::vector<std::string>> list_label_names(const StateStore& store, const Listed& listed, size_t names_max,
                                                  const SelectLimits& limits);
Result<std::vector<std::string>> list_label_values(const StateStore& store, const std::string& label,
                                                   const Listed& listed, size_t values_max, const SelectLimits& limits);

}  // namespace vigie::controller
