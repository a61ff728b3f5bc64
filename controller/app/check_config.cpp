#include "controller/app/configured.hpp"
#include "controller/app/configured_tickets.hpp"
#include "controller/app/daemon.hpp"
#include "controller/app/http_port.hpp"
#include "controller/app/remote_operators.hpp"
#include "controller/app/ticket_hook.hpp"
#include "controller/operator/desk.hpp"
#include "controller/schedule/job_plan.hpp"
#include "shared/log/log.hpp"

namespace vigie::controller {
namespace {

// What is wrong with the parts that do not need each other, each a line or more.
class Findings {
  public:
    template <typename T>
    bool add(const Result<T>& part) {
        if (!part) {
            code_ = all_.empty() ? part.error().code : code_;
            all_ += (all_.empty() ? "" : "\n") + part.error().message;
        }
        return part.has_value();
    }
    Result<void> outcome() const { return all_.empty() ? Result<void>() : fail(code_, "{}", all_); }

  private:
    ErrorCode code_ = ErrorCode::malformed;
    std::string all_;
};

// Of receivers, and those who name some.
void check_telling(Files& files, const ControllerConfig& config, Findings& findings) {
    const auto routing = load_routing(files, config);
    if (!findings.add(routing)) {
        return;
    }
    const auto receivers = receivers_of(files, config, *routing);
    if (!findings.add(receivers)) {
        return;
    }
    findings.add(load_oncall(config, *receivers));
    const auto tickets = load_tickets(files, config, *receivers);
    if (findings.add(tickets)) {
        findings.add(hook_wish_of(*tickets));
    }
}

}  // namespace

Result<void> check_config(Files& files, const ControllerConfig& config) {
    Findings findings;
    findings.add(load_rules(files, config));
    findings.add(plans_from(config.schedules));
    findings.add(maintenance::read_maintenance(config.maintenance, config.schedules));
    check_telling(files, config, findings);
    findings.add(heartbeat_of(config, "", WallTime{}));
    findings.add(operators_of(config));
    findings.add(http_wish_of(config));
    findings.add(log::parse_level(config.log_level));
    findings.add(RoleBook::open(config.operator_group));
    return findings.outcome();
}

}  // namespace vigie::controller
