// Metrics of this process as scrapers read them: Prometheus' text format 0.0.4, and OpenMetrics 1.0.0
// (https://prometheus.io/docs/instrumenting/exposition_formats/, https://openmetrics.io).
#pragma once
#include <string>
#include <utility>
#include <vector>

namespace vigie::controller::web {

struct MetricPoint {
    std::vector<std::pair<std::string, std::string>> labels{};
    double value = 0;
    std::string suffix{};  // of a histogram: _bucket, _sum, _count
};

struct MetricFamily {
    enum class Kind { counter, gauge, histogram };
    std::string name;  // of a counter without _total
    Kind kind = Kind::gauge;
    std::string help;
    std::vector<MetricPoint> points{};
};

enum class Exposition { text, openmetrics };
// What an Accept header asks for: OpenMetrics when it is wanted as much as text, or more. Any thread.
Exposition exposition_for(std::string_view accept);
std::string_view content_type_of(Exposition form);
std::string write_metrics(const std::vector<MetricFamily>& families, Exposition form);

}  // namespace vigie::controller::web
