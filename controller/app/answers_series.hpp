// What is stored under which labels, and how the hosts fare now.
#pragma once
#include "controller/app/answers.hpp"
#include "controller/app/query_runner.hpp"

namespace vigie::controller {

// series.find and top. Keeps the references.
void add_series_answers(Desk& desk, const Sources& sources, QueryRunner& runner);

}  // namespace vigie::controller
