#include "controller/app/answers_plain.hpp"

#include "controller/app/answers_health.hpp"

namespace vigie::controller {

void add_plain_answers(Desk& desk, const Sources& sources, QueryRunner& runner) {
    add_status_answers(desk, sources, runner);
    add_host_answers(desk, sources);
    add_job_answers(desk, sources);
    add_run_answers(desk, sources);
    add_health_answers(desk, sources);
    add_audit_answers(desk, sources);
    add_rule_answers(desk, sources);
}

}  // namespace vigie::controller
