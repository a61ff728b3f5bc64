// The operators' verbs that need nothing but Sources, and a pool for those that read much.
#pragma once
#include "controller/app/answers.hpp"

namespace vigie::controller {

// status, doctor, hosts, metrics, jobs, runs, backups, health, audit, rules.
void add_plain_answers(Desk& desk, const Sources& sources, QueryRunner& runner);

}  // namespace vigie::controller
