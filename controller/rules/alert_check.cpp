#include "controller/rules/alert_check.hpp"

#include <set>

namespace vigie::controller::rules {
namespace {

// Prometheus refuses the same, but for our own maximum.
std::string problem_of(const RuleVerdicts& judged, int64_t limit, const TemplateWorld& world) {
    const auto count = static_cast<size_t>(std::count_if(judged.verdicts.begin(), judged.verdicts.end(),
                                                         [](const Verdict& verdict) { return verdict.is_true; }));
    if (count > alerts_max) {
        return fmt::format("it has {} alerts, more than the {} that one rule may have", count, alerts_max);
    }
    std::set<Labels> seen;
    for (const auto& verdict : judged.verdicts) {
        if (count > 1 && verdict.is_true &&
            !seen.insert(alert_labels(*judged.rule, verdict.labels, verdict.value, world)).second) {
            return "several alerts have the same labels once the rule's labels are set";
        }
    }
    return limit > 0 && count > static_cast<size_t>(limit)
               ? fmt::format("it has {} alerts, more than the group's limit of {}", count, limit)
               : "";
}

}  // namespace

void refuse_unfit(RuleVerdicts& judged, int64_t limit, const TemplateWorld& world) {
    auto problem = problem_of(judged, limit, world);
    if (!problem.empty()) {
        judged.verdicts.clear();
        judged.are_others_false = false;
        judged.failure = std::move(problem);
    }
}

}  // namespace vigie::controller::rules
