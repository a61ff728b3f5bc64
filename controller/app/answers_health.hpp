// The operators' verb for how hosts are.
#pragma once
#include "controller/app/answers.hpp"

namespace vigie::controller {

void add_health_answers(Desk& desk, const Sources& sources);  // health

}  // namespace vigie::controller
