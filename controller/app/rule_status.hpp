// Rules, groups and their alerts as they stand now, from the records and what is stored.
#pragma once
#include "controller/app/records.hpp"
#include "controller/rules/status.hpp"

namespace vigie::controller {

// All groups in the order of the rule files. On any thread; what is shown of alerts is durable.
Result<std::vector<rules::GroupStatus>> rule_status(const Records& records, const StateStore& store);

}  // namespace vigie::controller
