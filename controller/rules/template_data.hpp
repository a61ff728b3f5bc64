// What templates of messages find in Alertmanager's data: fields, and the methods of its types.
#pragma once
#include "controller/rules/template_values.hpp"

namespace vigie::controller::rules::templates {

// `.field` of a value: of labels the label ("" when it is not there) or SortedPairs, Names, Values; of a list of alerts
// Firing, Resolved; of pairs Names, Values; of a time Unix, UTC. not_found, malformed when the value has none.
Result<Value> field_of_data(const Value& value, const std::string& field, Arena& arena);
// labels.Remove names, time.Format layout (Go's, in UTC).
Result<Value> call_method(const Value& value, std::string_view method, const Value& argument, Arena& arena);

}  // namespace vigie::controller::rules::templates
