// Values of queries as Prometheus writes them
// (https://prometheus.io/docs/prometheus/2.42/querying/api/#expression-query-result-formats).
#pragma once
#include <span>

#include "controller/query/engine.hpp"

namespace vigie::controller::web {

// {"resultType":…,"result":…}. `at`: of a string, which has no time of its own.
std::string result_json(const query::Value& value, WallTime at);

// {"a":"b"}.
void put_labels(std::string& out, std::span<const std::pair<std::string, std::string>> labels);

}  // namespace vigie::controller::web
