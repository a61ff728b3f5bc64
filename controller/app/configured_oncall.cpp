// Whether those whom escalations call can be called.
#include <algorithm>

#include "controller/app/configured.hpp"
#include "shared/core/nearest.hpp"

namespace vigie::controller {
namespace {

Result<void> check_called(const std::string& name, const std::string& place,
                          const std::vector<notify::Receiver>& receivers) {
    const auto own = std::find_if(receivers.begin(), receivers.end(),
                                  [&name](const auto& one) { return !one.is_of_file && one.name == name; });
    const bool is_of_file = std::any_of(receivers.begin(), receivers.end(),
                                        [&name](const auto& one) { return one.is_of_file && one.shown_as == name; });
    if (own != receivers.end() && is_of_file) {
        return fail(ErrorCode::conflict, "{}: '{}' is a webhook and a receiver of the routes: rename one of them",
                    place, name);
    }
    if (own != receivers.end() && !own->is_called_only) {
        return fail(ErrorCode::conflict,
                    "{}: webhook '{}' hears of every alert: give it called_only: true, or name another receiver", place,
                    name);
    }
    if (own != receivers.end() || is_of_file) {
        return {};
    }
    Words known;
    for (const auto& one : receivers) {
        known.insert(one.is_of_file ? one.shown_as : one.name);
    }
    return fail(ErrorCode::malformed, "{}: there is no receiver '{}' with a channel{}", place, name,
                did_you_mean(name, known));
}

}  // namespace

Result<oncall::OnCall> load_oncall(const ControllerConfig& config, const std::vector<notify::Receiver>& receivers) {
    VIGIE_TRY(auto oncall, oncall::read_oncall(config.oncall));
    for (const auto& person : oncall.people) {
        VIGIE_CHECK(check_called(person.receiver, person.place, receivers));
    }
    for (const auto& policy : oncall.policies) {
        for (const auto& step : policy.steps) {
            for (const auto& callee : step.callees) {
                if (callee.kind == oncall::Callee::Kind::receiver) {
                    VIGIE_CHECK(check_called(callee.name, callee.place, receivers));
                }
            }
        }
    }
    return oncall;
}

std::vector<WebhookConfig> webhooks_of_all(const ControllerConfig& config) {
    auto webhooks = config.webhooks;
    std::erase_if(webhooks, [](const WebhookConfig& one) { return one.is_called_only; });
    return webhooks;
}

}  // namespace vigie::controller
