#include "controller/rules/verdict.hpp"

#include <set>

namespace vigie::controller::rules {
namespace {

Labels without_name(Labels labels) {
    labels.erase(query::metric_name_label);
    return labels;
}

Result<void> add_true(const Rule& rule, query::SeriesSource& source, WallTime at, const query::Options& options,
                      std::set<Labels>& seen, RuleVerdicts& into) {
    VIGIE_TRY(const auto value, query::evaluate_at(rule.expression, source, at, options));
    for (const auto& series : value.series) {
        auto labels = labels_of(series);
        if (!seen.insert(without_name(labels)).second) {
            return fail(ErrorCode::conflict, "the result has several series with the same labels but for the name");
        }
        into.verdicts.push_back({std::move(labels), series.samples.front().value, true});
    }
    return {};
}

Result<void> add_false(const Rule& rule, query::SeriesSource& source, WallTime at, const query::Options& options,
                       std::set<Labels>& seen, RuleVerdicts& into) {
    VIGIE_TRY(const auto value, query::evaluate_at(rule.presence->expression, source, at, options));
    into.are_others_false = rule.presence->has_open_labels && !value.series.empty();
    for (const auto& series : value.series) {
        auto labels = labels_of(series);
        if (seen.insert(without_name(labels)).second) {
            into.verdicts.push_back({std::move(labels), series.samples.front().value, false});
        }
    }
    return {};
}

Result<void> add_cleared(const Rule& rule, query::SeriesSource& source, WallTime at, const query::Options& options,
                         RuleVerdicts& into) {
    VIGIE_TRY(const auto value, query::evaluate_at(*rule.clear, source, at, options));
    auto& cleared = into.cleared.emplace();
    for (const auto& series : value.series) {
        cleared.add(without_name(labels_of(series)));
    }
    return {};
}

}  // namespace

Labels labels_of(const query::ValueSeries& series) {
    return {series.labels.begin(), series.labels.end()};
}

RuleVerdicts judge(const Rule& rule, query::SeriesSource& source, WallTime at, bool wants_false,
                   const query::Options& options) {
    RuleVerdicts out{.rule = &rule};
    std::set<Labels> seen;
    if (const auto judged = add_true(rule, source, at, options, seen, out); !judged) {
        out.verdicts.clear();
        out.failure = judged.error().message;
        return out;
    }
    if (wants_false) {
        // The presence may fail where the rule itself does not: filters can make matches unique.
        if (const auto judged = add_false(rule, source, at, options, seen, out); !judged) {
            out.failure =
                fmt::format("what it is false for cannot be told, so no alert of it ends: {}", judged.error().message);
        }
    }
    if (wants_false && rule.clear) {
        if (const auto judged = add_cleared(rule, source, at, options, out); !judged) {
            std::erase_if(out.verdicts, [](const Verdict& verdict) { return !verdict.is_true; });
            out.failure = fmt::format("its clear expression cannot be evaluated, so no alert of it ends: {}",
                                      judged.error().message);
        }
    }
    return out;
}

}  // namespace vigie::controller::rules
