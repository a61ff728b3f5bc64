// Plans from configuration.
#include "controller/schedule/job_plan.hpp"

#include <set>

namespace vigie::controller {
namespace {
Result<JobPlan> plan_from(const ScheduleConfig& config) {
    if (config.name.empty() || config.job.empty()) {
        return fail(ErrorCode::malformed, "a schedule needs a name and a job");
    }
    if (config.timeout < 0ms) {
        return fail(ErrorCode::malformed, "timeout: must not be negative");
    }
    auto schedule = parse_schedule(config.when);
    if (!schedule) {
        return fail(schedule.error().at("when"));
    }
    VIGIE_TRY(const auto misfire, parse_misfire(config.misfire));
    VIGIE_TRY(const auto indeterminate, parse_indeterminate(config.indeterminate));
    return JobPlan{.name = config.name,
                   .job = config.job,
                   .selector = config.selector,
                   .schedule = std::move(*schedule),
                   .misfire = misfire,
                   .indeterminate = indeterminate,
                   .parameters = config.parameters,
                   .timeout = config.timeout,
                   .has_holds = config.holds.has_value()};
}

// Where a mistake most likely stands.
int line_of(const ScheduleConfig& config) {
    return config.when_line > 0 && !parse_schedule(config.when) ? config.when_line : config.line;
}
}  // namespace

Result<std::vector<JobPlan>> plans_from(const std::vector<ScheduleConfig>& schedules) {
    std::vector<JobPlan> plans;
    std::set<std::string> names;
    for (const auto& config : schedules) {
        const auto place = fmt::format("{}:{}: schedule '{}'", config.file, line_of(config), config.name);
        if (!names.insert(config.name).second) {
            return fail(ErrorCode::conflict, "{}: the name is taken by another schedule", place);
        }
        auto plan = plan_from(config);
        if (!plan) {
            return fail(plan.error().at(place));
        }
        plans.push_back(std::move(*plan));
    }
    return plans;
}

Result<MisfirePolicy> parse_misfire(std::string_view text) {
    if (text == "skip") {
        return MisfirePolicy::skip;
    }
    if (text == "latest") {
        return MisfirePolicy::latest;
    }
    if (text == "all") {
        return MisfirePolicy::all;
    }
    return fail(ErrorCode::malformed, "misfire: '{}' must be skip, latest or all", text);
}

Result<IndeterminatePolicy> parse_indeterminate(std::string_view text) {
    if (text == "rerun") {
        return IndeterminatePolicy::rerun;
    }
    if (text == "fail") {
        return IndeterminatePolicy::fail;
    }
    if (text == "ask") {
        return IndeterminatePolicy::ask;
    }
    return fail(ErrorCode::malformed, "indeterminate: '{}' must be rerun, fail or ask", text);
}

bool has_labels(const std::map<std::string, std::string>& labels, const std::map<std::string, std::string>& wanted) {
    return std::all_of(wanted.begin(), wanted.end(), [&labels](const auto& label) {
        const auto found = labels.find(label.first);
        return found != labels.end() && found->second == label.second;
    });
}

}  // namespace vigie::controller
