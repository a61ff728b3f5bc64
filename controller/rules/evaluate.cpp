// Matching and comparing; one verdict for each label set.
#include "controller/rules/evaluate.hpp"

#include <set>

namespace vigie::controller::rules {
namespace {

class Verdicts {
  public:
    void add(const AlertingRule& rule, const SeriesSample& sample) {
        if (!rule.expression.is_selecting(sample.labels)) {
            return;
        }
        Verdict verdict{sample.labels, sample.value, rule.expression.is_true(sample.value)};
        verdict.labels.erase(metric_name_label);
        // With a metric's name the labels cannot meet twice in one report.
        if (rule.expression.metric.empty()) {
            const auto same = std::find_if(all_.begin(), all_.end(),
                                           [&](const Verdict& other) { return other.labels == verdict.labels; });
            if (same != all_.end()) {
                if (verdict.is_true && !same->is_true) {
                    *same = std::move(verdict);
                }
                return;
            }
        }
        all_.push_back(std::move(verdict));
    }
    std::vector<Verdict> take() { return std::move(all_); }

  private:
    std::vector<Verdict> all_;
};

}  // namespace

std::vector<Verdict> evaluate(const AlertingRule& rule, const HostSamples& host) {
    Verdicts verdicts;
    for (const auto& sample : host.samples) {
        verdicts.add(rule, sample);
    }
    return verdicts.take();
}

RuleSet::RuleSet(std::vector<AlertingRule> rules) : rules_(std::move(rules)) {
    std::set<std::string> keys;
    for (size_t i = 0; i < rules_.size(); ++i) {
        auto& rule = rules_[i];
        const auto base = rule.key;
        for (int copy = 2; !keys.insert(rule.key).second; ++copy) {
            rule.key = fmt::format("{}\x1f#{}", base, copy);
        }
        if (rule.expression.metric.empty()) {
            nameless_.push_back(i);
        } else {
            by_metric_[rule.expression.metric].push_back(i);
        }
    }
}

const AlertingRule* RuleSet::find(std::string_view key) const {
    const auto found =
        std::find_if(rules_.begin(), rules_.end(), [&](const AlertingRule& rule) { return rule.key == key; });
    return found == rules_.end() ? nullptr : &*found;
}

bool RuleSet::is_selecting(const Labels& labels) const {
    return std::any_of(rules_.begin(), rules_.end(),
                       [&](const AlertingRule& rule) { return rule.expression.is_selecting(labels); });
}

std::vector<RuleVerdicts> RuleSet::evaluate(const HostSamples& host) const {
    std::vector<Verdicts> collected(rules_.size());
    for (const auto& sample : host.samples) {
        if (const auto name = sample.labels.find(metric_name_label); name != sample.labels.end()) {
            if (const auto found = by_metric_.find(name->second); found != by_metric_.end()) {
                for (const auto i : found->second) {
                    collected[i].add(rules_[i], sample);
                }
            }
        }
        for (const auto i : nameless_) {
            collected[i].add(rules_[i], sample);
        }
    }
    std::vector<RuleVerdicts> result;
    result.reserve(rules_.size());
    for (size_t i = 0; i < rules_.size(); ++i) {
        result.push_back(RuleVerdicts{&rules_[i], collected[i].take()});
    }
    return result;
}

}  // namespace vigie::controller::rules
