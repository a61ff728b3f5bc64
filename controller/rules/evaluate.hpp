// Rules x the samples of one host at one moment -> verdicts. Pure.
#pragma once
#include <span>
#include <unordered_map>

#include "controller/rules/rule_file.hpp"
#include "shared/core/ids.hpp"

namespace vigie::controller::rules {

struct SeriesSample {
    const Labels& labels;  // with __name__
    double value = 0;
};

// What one host reported at one time.
struct HostSamples {
    AgentId agent;
    WallTime sampled_at;
    std::span<const SeriesSample> samples;
};

// For one label set that the rule's selector picked, whether its comparison is true.
struct Verdict {
    Labels labels;  // the series' without __name__
    double value = 0;
    bool is_true = false;
};

// The verdicts of one rule; empty when the host reports no series that the rule selects.
struct RuleVerdicts {
    const AlertingRule* rule = nullptr;  // of the RuleSet
    std::vector<Verdict> verdicts;
};

// Two series whose labels differ in __name__ only (a selector without a name) give one verdict: the true one wins, as a
// missed breach is worse than a doubtful one.
std::vector<Verdict> evaluate(const AlertingRule& rule, const HostSamples& host);

// All rules of all files. Movable; rules keep their addresses.
class RuleSet {
  public:
    RuleSet() = default;
    explicit RuleSet(std::vector<AlertingRule> rules);

    std::span<const AlertingRule> rules() const { return rules_; }
    const AlertingRule* find(std::string_view key) const;
    // Whether any rule's selector picks a series with these labels.
    bool is_selecting(const Labels& labels) const;
    // One entry for each rule, in their order. Looks only at the rules that name a sample's metric.
    std::vector<RuleVerdicts> evaluate(const HostSamples& host) const;

  private:
    std::vector<AlertingRule> rules_;
    std::unordered_map<std::string, std::vector<size_t>> by_metric_;
    std::vector<size_t> nameless_;
};

}  // namespace vigie::controller::rules
