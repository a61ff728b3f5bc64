// Rules and alerts for the HTTP API, from the records and what is stored.
#pragma once
#include "controller/app/records.hpp"
#include "controller/web/rules_view.hpp"

namespace vigie::controller {

// Any thread. Alerts that fired and that nobody can judge now (no_data) count as firing: they are not over.
Result<web::RulesView> rules_view(const Records& records, const StateStore& store);

}  // namespace vigie::controller
