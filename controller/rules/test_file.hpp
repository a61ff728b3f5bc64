// A file of unit tests for rules, in promtool's form
// (https://prometheus.io/docs/prometheus/2.42/configuration/unit_testing_rules/).
#pragma once
#include <map>

#include "controller/query/labels.hpp"
#include "controller/rules/faults.hpp"
#include "controller/rules/series_notation.hpp"

namespace vigie::controller::rules {

using query::Labels;

struct InputSeries {
    Labels labels{};
    std::vector<std::optional<double>> values{};  // one for each interval
};
struct ExpectedAlert {
    Labels labels{};  // without alertname
    Labels annotations{};
};
struct AlertTest {
    milliseconds at{0};
    std::string alertname{};
    std::vector<ExpectedAlert> expected{};
    int line = 0;
};
struct ExpectedSample {
    std::string labels{};  // as written
    double value = 0;
};
struct ExpressionTest {
    milliseconds at{0};
    std::string expression{};  // as written
    std::vector<ExpectedSample> expected{};
    int line = 0;
};
struct TestCase {
    std::string name{};  // may be empty
    milliseconds interval{1min};
    std::vector<InputSeries> series{};
    std::vector<AlertTest> alert_tests{};
    std::vector<ExpressionTest> expression_tests{};
    Labels external_labels{};
    std::string external_url{};
    int line = 0;
};

// Evaluations of one test: a year by the minute.
constexpr int64_t evaluations_max = 525'600;

struct TestFile {
    std::vector<std::string> rule_files{};  // as written: paths and patterns, from the test file's folder
    milliseconds evaluation_interval{1min};
    std::vector<std::string> group_order{};
    std::vector<TestCase> tests{};
    std::vector<Fault> faults{};
};

TestFile read_test_file(std::string_view text, std::string_view file);

}  // namespace vigie::controller::rules
