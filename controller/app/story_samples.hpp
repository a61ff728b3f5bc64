// The samples that an alert's expression read around a moment. Any thread.
#pragma once
#include "controller/alerts/rows.hpp"
#include "controller/operator/requests.hpp"
#include "controller/query/budget.hpp"
#include "controller/query/expression.hpp"

namespace vigie::controller {

// Of each selector; who wants all asks `vigie query`.
constexpr size_t story_series_max = 5;
constexpr size_t story_points_before_max = 4;  // the moment's own included
constexpr size_t story_points_after_max = 2;
// A selector over a whole fleet is not looked through for a few lines of it, nor an expression of a page's length.
constexpr size_t story_series_found_max = 2'000;
constexpr size_t story_series_tried_max = 50;  // until story_series_max of them have samples
constexpr size_t story_selectors_max = 10;

// For each selector of the expression `selector` (as PromQL), `series` (list of `labels` and `points`: [unix ms,
// value], nearest to the moment), `left_out` (how many more series) and `problem` ("" unless it could not be read).
// Series whose labels contradict the alert's are none of its. A selector with @ is read at the moment all the same.
// What is left once the budget is spent has that as its problem.
Json samples_around(const StateStore& store, const query::Expression& expression, const alerts::Labels& alert_series,
                    WallTime at, query::Budget& budget);

}  // namespace vigie::controller
