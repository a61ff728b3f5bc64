#include "controller/rules/own_series.hpp"

namespace vigie::controller::rules {

std::set<std::string, std::less<>> own_metrics() {
    return {std::string(alerts_metric), std::string(alerts_for_state_metric), std::string(up_metric),
            std::string(clock_skew_metric)};
}

query::Labels host_series_labels(std::string_view metric, const std::string& host) {
    return {{query::metric_name_label, std::string(metric)}, {"instance", host}, {"job", "node"}};
}

}  // namespace vigie::controller::rules
