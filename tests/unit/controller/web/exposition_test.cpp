// Both formats after their specifications; promtool and prometheus read them in tests/process and tests/judges.
#include "controller/web/exposition.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie::controller::web;

namespace {
const std::vector<MetricFamily> families{
    {.name = "jobs",
     .kind = MetricFamily::Kind::counter,
     .help = "What\nran \"well\"",
     .points = {{.labels = {{"state", "a\"b\\c\nd"}, {"x", "1"}}, .value = 3}, {.value = 1e10}}},
    {.name = "temperature_celsius", .help = "Now", .points = {{.value = -0.5}}},
    {.name = "wait_seconds",
     .kind = MetricFamily::Kind::histogram,
     .help = "How long",
     .points = {{.labels = {{"le", "+Inf"}}, .value = 2, .suffix = "_bucket"},
                {.value = 0.25, .suffix = "_sum"},
                {.value = 2, .suffix = "_count"}}},
    {.name = "nothing", .help = "No points", .points = {}},
};
}  // namespace

BOOST_AUTO_TEST_SUITE(exposition)

BOOST_AUTO_TEST_CASE(text_is_version_0_0_4) {
    BOOST_TEST(write_metrics(families, Exposition::text) ==
               "# HELP jobs_total What\\nran \"well\"\n# TYPE jobs_total counter\n"
               "jobs_total{state=\"a\\\"b\\\\c\\nd\",x=\"1\"} 3\njobs_total 10000000000\n"
               "# HELP temperature_celsius Now\n# TYPE temperature_celsius gauge\ntemperature_celsius -0.5\n"
               "# HELP wait_seconds How long\n# TYPE wait_seconds histogram\nwait_seconds_bucket{le=\"+Inf\"} 2\n"
               "wait_seconds_sum 0.25\nwait_seconds_count 2\n# HELP nothing No points\n# TYPE nothing gauge\n");
}

BOOST_AUTO_TEST_CASE(openmetrics_names_families_without_total_and_has_an_end) {
    const auto page = write_metrics(families, Exposition::openmetrics);
    BOOST_TEST(page.starts_with("# HELP jobs What\\nran \\\"well\\\"\n# TYPE jobs counter\njobs_total{"));
    BOOST_TEST(page.ends_with("# EOF\n"));
}

// What Prometheus 2.42 sends, and others.
BOOST_AUTO_TEST_CASE(openmetrics_goes_to_whoever_wants_it_as_much_as_text) {
    BOOST_TEST(
        (exposition_for("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                        "text/plain;version=0.0.4;q=0.5,*/*;q=0.1") == Exposition::openmetrics));
    BOOST_TEST((exposition_for("application/openmetrics-text; version=0.0.1 ; q=0.5, text/plain;q=0.4") ==
                Exposition::openmetrics));
    for (const auto* text :
         {"", "*/*", "text/plain", "text/html,application/xhtml+xml", "application/openmetrics-text;q=0",
          "application/openmetrics-text;q=0.2,text/plain", "application/openmetrics-text;version=2.0.0",
          "application/openmetrics-text;q=x", ",;=,;;"}) {
        BOOST_TEST((exposition_for(text) == Exposition::text), text);
    }
    BOOST_TEST(content_type_of(Exposition::openmetrics).find("openmetrics-text") != std::string_view::npos);
}

BOOST_AUTO_TEST_SUITE_END()
