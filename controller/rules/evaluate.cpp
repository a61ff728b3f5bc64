// Which samples a rule reads is found by the names of metrics, so that a batch costs what its rules read.
#include "controller/rules/evaluate.hpp"

#include "controller/rules/alert_check.hpp"
#include "controller/rules/alert_series.hpp"
#include "controller/rules/batch_source.hpp"
#include "controller/rules/locality.hpp"

namespace vigie::controller::rules {
namespace {

// Samples and values of one rule in one batch. They are reckoned while the batch is prepared, so every host waits for
// them. A group has a thread of its own and may have more.
constexpr query::Limits limits_at_once{.samples_max = 100'000};

const std::string* exact_name(const query::Selector& selector) {
    for (const auto& one : selector.matchers) {
        if (one.label() == query::metric_name_label && one.kind() == query::Matcher::Kind::equal) {
            return &one.value();
        }
    }
    return nullptr;
}

// Otherwise the rule would look at each sample of each batch.
bool has_names_only(const query::Expr& expr) {
    const auto selectors = selectors_of(expr);
    return std::all_of(selectors.begin(), selectors.end(),
                       [](const query::Selector* one) { return exact_name(*one) != nullptr; });
}

bool is_selecting(const query::Selector& selector, const Labels& labels) {
    return std::all_of(selector.matchers.begin(), selector.matchers.end(),
                       [&labels](const query::Matcher& one) { return one.is_match(labels); });
}

std::string made_unique(std::string base, const auto& is_taken) {
    auto key = base;
    for (int copy = 2; is_taken(key); ++copy) {
        key = fmt::format("{}\x1f#{}", base, copy);
    }
    return key;
}

}  // namespace

RuleSet::RuleSet(std::vector<RuleGroup> groups) : groups_(std::move(groups)) {
    // No host's batch brings them.
    std::set<std::string, std::less<>> recorded = own_metrics();
    std::set<std::string, std::less<>> names;
    for (auto& group : groups_) {
        group_keys_.push_back(
            made_unique(group.name, [&names](const std::string& key) { return names.contains(key); }));
        names.insert(group_keys_.back());
        for (auto& rule : group.rules) {
            rule.key = made_unique(rule.key, [this](const std::string& key) { return places_.contains(key); });
            places_.emplace(rule.key, &rule);
            if (!rule.is_alerting()) {
                recorded.insert(rule.name);
            }
        }
    }
    for (size_t i = 0; i < groups_.size(); ++i) {
        for (const auto& rule : groups_[i].rules) {
            // A limit counts the alerts of all hosts.
            const bool is_at_once =
                rule.is_alerting() && groups_[i].limit == 0 && has_names_only(rule.expression.root()) &&
                is_of_one_host(rule.expression.root(), recorded) &&
                is_of_one_host(rule.presence->expression.root(), recorded) &&
                (!rule.clear || (has_names_only(rule.clear->root()) && is_of_one_host(rule.clear->root(), recorded)));
            add_readings(rule, i, is_at_once);
        }
    }
}

void RuleSet::add_readings(const Rule& rule, size_t group, bool is_at_once) {
    if (is_at_once) {
        at_once_.insert(rule.key);
        at_once_rules_.push_back(&rule);
    }
    const Reading reading{nullptr, is_at_once ? at_once_rules_.size() - 1 : 0, group, is_at_once, false};
    index(rule.expression.root(), reading);
    if (rule.presence) {
        index(rule.presence->expression.root(), reading);
    }
    if (rule.clear) {
        index(rule.clear->root(), reading);
    }
}

void RuleSet::index(const query::Expr& expr, Reading reading) {
    for (const auto* selector : selectors_of(expr)) {
        reading.selector = selector;
        const auto* name = exact_name(*selector);
        reading.is_named = name != nullptr && selector->matchers.size() == 1;
        (name == nullptr ? nameless_ : by_metric_[*name]).push_back(reading);
    }
}

const Rule* RuleSet::find(std::string_view key) const {
    const auto found = places_.find(std::string(key));
    return found == places_.end() ? nullptr : found->second;
}

std::vector<const Rule*> RuleSet::evaluated_rules(size_t group) const {
    std::vector<const Rule*> rules;
    for (const auto& rule : groups_[group].rules) {
        if (!is_judged_at_once(rule)) {
            rules.push_back(&rule);
        }
    }
    return rules;
}

template <typename Visit>
void RuleSet::visit_readings(const Labels& labels, const Visit& visit) const {
    const auto visit_all = [&](const std::vector<Reading>& readings) {
        for (const auto& reading : readings) {
            if (reading.is_named || is_selecting(*reading.selector, labels)) {
                visit(reading);
            }
        }
    };
    const auto name = labels.find(query::metric_name_label);
    if (name != labels.end()) {
        if (const auto found = by_metric_.find(name->second); found != by_metric_.end()) {
            visit_all(found->second);
        }
    }
    visit_all(nameless_);
}

Readers RuleSet::readers_of(const Labels& labels) const {
    Readers readers;
    std::set<uint32_t> groups;
    visit_readings(labels, [&](const Reading& reading) {
        readers.is_judged_at_once = readers.is_judged_at_once || reading.is_at_once;
        if (!reading.is_at_once) {
            groups.insert(static_cast<uint32_t>(reading.group));
        }
    });
    readers.groups.assign(groups.begin(), groups.end());
    return readers;
}

std::vector<RuleVerdicts> RuleSet::judge(const HostSamples& host,
                                         const std::function<bool(const std::string&)>& has_alerts) const {
    BatchSource source(host);
    std::vector<bool> is_concerned(at_once_rules_.size());
    for (size_t i = 0; i < host.samples.size(); ++i) {
        visit_readings(host.samples[i].labels, [&](const Reading& reading) {
            if (reading.is_at_once) {
                source.pick(*reading.selector, i);
                is_concerned[reading.rule] = true;
            }
        });
    }
    std::vector<RuleVerdicts> all;
    for (size_t i = 0; i < at_once_rules_.size(); ++i) {
        const auto& rule = *at_once_rules_[i];
        if (is_concerned[i]) {
            all.push_back(
                rules::judge(rule, source, host.sampled_at, has_alerts(rule.key), {.limits = limits_at_once}));
            refuse_unfit(all.back(), 0);
        }
    }
    return all;
}

}  // namespace vigie::controller::rules
