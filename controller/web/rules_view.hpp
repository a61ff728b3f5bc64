// Rules and alerts as Prometheus' API shows them.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "shared/core/error.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller::web {

struct AlertView {
    std::map<std::string, std::string> labels{};
    std::map<std::string, std::string> annotations{};
    bool is_firing = false;  // otherwise pending
    WallTime active_at{};
    std::optional<WallTime> kept_firing_since{};  // it is false since then, and fires because of keep_firing_for
    double value = 0;
};

struct RuleView {
    bool is_alerting = true;  // otherwise recording
    std::string name{};
    std::string query{};
    milliseconds hold{0};
    milliseconds keep_firing{0};
    std::map<std::string, std::string> labels{};
    std::map<std::string, std::string> annotations{};
    std::vector<AlertView> alerts{};
    std::string failure{};                   // why it could not be evaluated
    std::optional<WallTime> evaluated_at{};  // when last; none: not yet
    nanoseconds took{0};
};

struct GroupView {
    std::string name{};
    std::string file{};
    milliseconds interval{0};
    int64_t limit = 0;
    std::vector<RuleView> rules{};
};

// Of the rule files, and alerts that no rule of theirs makes: the controller's own. Any thread.
struct RulesView {
    std::vector<GroupView> groups{};
    std::vector<AlertView> others{};
};
using RulesSource = std::function<Result<RulesView>()>;

}  // namespace vigie::controller::web
