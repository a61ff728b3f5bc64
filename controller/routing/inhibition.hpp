// Alerts that keep others from being told of: while one that matches a rule's source fires, those that match its target
// and have the same values of the rule's `equal` labels are left out.
#pragma once
#include <map>

#include "controller/routing/matcher.hpp"

namespace vigie::controller::routing {

struct InhibitRule {
    Matchers source;
    Matchers target;
    std::vector<std::string> equal;  // a missing label counts as ""
};

// Which alerts fire, indexed by the rules' equal labels. One thread.
class Inhibitor {
  public:
    // Keeps the reference.
    explicit Inhibitor(const std::vector<InhibitRule>& rules) : rules_(rules), sources_(rules.size()) {}

    // `id`: of the alert, the same as long as its labels are.
    void set_firing(uint64_t id, const Labels& labels);
    void set_over(uint64_t id, const Labels& labels);
    // An alert that matches both sides of a rule is inhibited only by alerts that do not.
    bool is_inhibited(const Labels& labels) const;

  private:
    using Values = std::vector<std::string>;
    static Values values_of(const InhibitRule& rule, const Labels& labels);

    const std::vector<InhibitRule>& rules_;
    std::vector<std::map<Values, std::map<uint64_t, bool>>> sources_;  // of each rule; whether they match its target
};

}  // namespace vigie::controller::routing
