// All rules of all files, and how those that need only one host's samples are judged as the samples arrive. Pure.
#pragma once
#include <functional>
#include <set>
#include <span>
#include <unordered_map>

#include "controller/rules/verdict.hpp"
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

// Who reads the series of some labels.
struct Readers {
    bool is_judged_at_once = false;  // a rule that is judged as samples arrive
    std::vector<uint32_t> groups{};  // by their places in RuleSet::groups(), rising
};

// Movable; rules keep their addresses.
class RuleSet {
  public:
    RuleSet() = default;
    explicit RuleSet(std::vector<RuleGroup> groups);

    std::span<const RuleGroup> groups() const { return groups_; }
    // Names a group across restarts: its name, made unique when files share it.
    const std::string& key_of_group(size_t group) const { return group_keys_[group]; }
    size_t rules() const { return places_.size(); }
    const Rule* find(std::string_view key) const;

    // Whether the rule is judged with each batch of a host; otherwise its group is evaluated over all that is stored.
    bool is_judged_at_once(const Rule& rule) const { return at_once_.contains(rule.key); }
    // The rules of a group that are not.
    std::vector<const Rule*> evaluated_rules(size_t group) const;

    Readers readers_of(const Labels& labels) const;
    // Of the rules that are judged at once, those that read one of the samples. has_alerts() says by a rule's key
    // whether the host has an alert of it, which may end.
    std::vector<RuleVerdicts> judge(const HostSamples& host,
                                    const std::function<bool(const std::string& rule_key)>& has_alerts) const;

  private:
    struct Reading {
        const query::Selector* selector;
        size_t rule;   // of at_once_rules_
        size_t group;  // when the rule is not judged at once
        bool is_at_once;
        bool is_named;  // it has a name that the index knows; only its other matchers need a look
    };
    void add_readings(const Rule& rule, size_t group, bool is_at_once);
    void index(const query::Expr& expr, Reading reading);
    template <typename Visit>
    void visit_readings(const Labels& labels, const Visit& visit) const;

    std::vector<RuleGroup> groups_;
    std::vector<std::string> group_keys_;
    std::unordered_map<std::string, const Rule*> places_;  // by key
    std::set<std::string, std::less<>> at_once_;           // keys
    std::vector<const Rule*> at_once_rules_;
    std::unordered_map<std::string, std::vector<Reading>> by_metric_;
    std::vector<Reading> nameless_;
};

}  // namespace vigie::controller::rules
