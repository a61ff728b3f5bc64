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

Result<void> check_config(Files& files, const ControllerConfig& config) {
    VIGIE_CHECK(load_rules(files, config));
    VIGIE_CHECK(plans_from(config.schedules));
    VIGIE_CHECK(maintenance::read_maintenance(config.maintenance, config.schedules));
    VIGIE_TRY(const auto routing, load_routing(files, config));
    VIGIE_TRY(const auto receivers, receivers_of(files, config, routing));
    VIGIE_CHECK(heartbeat_of(config, "", WallTime{}));
    VIGIE_CHECK(load_oncall(config, receivers));
    VIGIE_TRY(const auto tickets, load_tickets(files, config, receivers));
    VIGIE_CHECK(hook_wish_of(tickets));
    VIGIE_CHECK(operators_of(config));
    VIGIE_CHECK(http_wish_of(config));
    VIGIE_CHECK(log::parse_level(config.log_level));
    VIGIE_CHECK(RoleBook::open(config.operator_group));
    return {};
}

}  // namespace vigie::controller
