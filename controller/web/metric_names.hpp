// What is known of a metric by its name: node_exporter's, cAdvisor's and our own. Agents send names and values only.
#pragma once
#include <string_view>

namespace vigie::controller::web {

struct MetricMeta {
    std::string_view type;  // counter, gauge, histogram or unknown, as in Prometheus' metadata
    std::string_view help;  // "" where nothing is known
    std::string_view unit;  // the suffix that OpenMetrics takes as one, such as "seconds"; "" without
};

MetricMeta meta_of(std::string_view name);

}  // namespace vigie::controller::web
