#include "controller/app/story_samples.hpp"

#include "controller/app/answers.hpp"
#include "controller/series/select.hpp"

namespace vigie::controller {
namespace {

using query::Matcher;

// How far a moment's samples are looked for: as long as PromQL takes one for current, and a minute that followed.
constexpr milliseconds look_back = 5min;
constexpr milliseconds look_ahead = 1min;
// Of each series that is tried: some hundred rows of its host. So much makes the budget look at its clock each time.
constexpr size_t cost_of_series = 100'000;

void collect(const query::Expr& expr, std::vector<const query::Expr*>& selectors) {
    if (std::holds_alternative<query::Selector>(expr.node)) {
        selectors.push_back(&expr);
    }
    for (const auto* part : query::parts_of(expr)) {
        collect(*part, selectors);
    }
}

bool is_of_alert(const LabelSet& labels, const alerts::Labels& alert) {
    return std::all_of(labels.begin(), labels.end(), [&alert](const auto& label) {
        const auto found = alert.find(label.first);
        return found == alert.end() || label.first == query::metric_name_label || found->second == label.second;
    });
}

// The series that the selector means for this alert. Those of its host first, which saves looking at all others';
// without one such as a recording rule's, which has no label `instance`, any that fits.
Result<std::vector<SelectedSeries>> series_of(const StateStore& store, const query::Selector& selector,
                                              const alerts::Labels& alert, query::Budget& budget) {
    const SelectLimits limits{.series_max = story_series_found_max, .budget = &budget};
    std::vector<Matcher> matchers;
    for (const auto& one : selector.matchers) {
        VIGIE_TRY(auto copy, Matcher::make(one.label(), one.kind(), one.value()));
        matchers.push_back(std::move(copy));
    }
    std::vector<SelectedSeries> found;
    const auto host = alert.find("instance");
    if (host != alert.end()) {
        VIGIE_TRY(auto of_host, Matcher::make("instance", Matcher::Kind::equal, host->second));
        matchers.push_back(std::move(of_host));
        VIGIE_TRY(found, find_series(store, matchers, limits));
        matchers.pop_back();
    }
    if (found.empty()) {
        auto any = find_series(store, matchers, limits);
        // Of a whole fleet's series of a name none is of a host that has none.
        if (!any && (host == alert.end() || any.error().code != ErrorCode::too_large)) {
            return fail(any.error());
        }
        found = any ? std::move(*any) : std::vector<SelectedSeries>{};
    }
    std::erase_if(found, [&alert](const auto& one) { return !is_of_alert(one.labels, alert); });
    return found;
}

Json nearest_points(const std::vector<Point>& points, WallTime at) {
    const auto after = std::upper_bound(points.begin(), points.end(), at,
                                        [](WallTime time, const Point& point) { return time < point.at; });
    const auto before = std::min<std::ptrdiff_t>(after - points.begin(), story_points_before_max);
    const auto behind = std::min<std::ptrdiff_t>(points.end() - after, story_points_after_max);
    auto list = Json::array();
    for (auto point = after - before; point != after + behind; ++point) {
        list.push_back(Json::array({unix_ms(point->at), number_or_null(point->value)}));
    }
    return list;
}

// The points of one series among those that are found.
Result<std::vector<Point>> points_of(const StateStore& store, const LabelSet& labels, WallTime at) {
    std::vector<Matcher> matchers;
    for (const auto& [name, value] : labels) {
        VIGIE_TRY(auto equal, Matcher::make(name, Matcher::Kind::equal, value));
        matchers.push_back(std::move(equal));
    }
    VIGIE_TRY(auto found, select(store, matchers, at - look_back, at + look_ahead));
    const auto same = std::find_if(found.begin(), found.end(), [&](const auto& one) { return one.labels == labels; });
    return same == found.end() ? std::vector<Point>{} : std::move(same->points);
}

Result<Json> read(const StateStore& store, const query::Selector& selector, const alerts::Labels& alert, WallTime at,
                  query::Budget& budget) {
    const auto then = at - milliseconds{selector.shift.offset_ms};
    VIGIE_CHECK(budget.spend(cost_of_series));
    VIGIE_TRY(const auto found, series_of(store, selector, alert, budget));
    auto series = Json::array();
    size_t left_out = 0;
    for (size_t i = 0; i < found.size(); ++i) {
        if (series.size() == story_series_max || i == story_series_tried_max) {
            left_out = found.size() - i;
            break;
        }
        VIGIE_CHECK(budget.spend(cost_of_series));
        VIGIE_TRY(const auto points, points_of(store, found[i].labels, then));
        if (!points.empty()) {
            series.push_back({{"labels", found[i].labels}, {"points", nearest_points(points, then)}});
        }
    }
    return Json{{"series", std::move(series)}, {"left_out", left_out}, {"problem", ""}};
}

}  // namespace

Json samples_around(const StateStore& store, const query::Expression& expression, const alerts::Labels& alert_series,
                    WallTime at, query::Budget& budget) {
    std::vector<const query::Expr*> selectors;
    collect(expression.root(), selectors);
    selectors.resize(std::min(selectors.size(), story_selectors_max));
    auto rows = Json::array();
    for (const auto* expr : selectors) {
        auto row = read(store, std::get<query::Selector>(expr->node), alert_series, at, budget);
        if (!row) {
            row = Json{{"series", Json::array()}, {"left_out", 0}, {"problem", row.error().message}};
        }
        (*row)["selector"] = query::print(*expr);
        rows.push_back(std::move(*row));
    }
    return rows;
}

}  // namespace vigie::controller
