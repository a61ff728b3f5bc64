// Labels of target and sample together, and each series once.
#include "agent/scrape/scraped_series.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::agent {
namespace {

const TargetLabels target{{"job", "web"}, {"instance", "127.0.0.1:80"}, {"env", "pr\"od"}};

std::string read(ScrapedSeries& series, std::string_view text,
                 ExpositionFormat format = ExpositionFormat::prometheus_text, size_t samples_max = 10) {
    const auto done = series.read(format, text, samples_max);
    std::string lines = done ? "" : "error: " + done.error().message;
    series.add_to([&](std::string_view key, double value) { lines += fmt::format("{} {}\n", key, value); });
    return lines;
}

std::string read(std::string_view text, bool honor_labels = false, const TargetLabels& labels = {{"job", "web"}}) {
    ScrapedSeries series(labels, honor_labels);
    return read(series, text);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scraped_series)

BOOST_AUTO_TEST_CASE(each_series_gets_its_targets_labels) {
    BOOST_TEST(read("a 1\nb{x=\"y\"} 2\n", false, target) ==
               "a{env=\"pr\\\"od\",instance=\"127.0.0.1:80\",job=\"web\"} 1\n"
               "b{env=\"pr\\\"od\",instance=\"127.0.0.1:80\",job=\"web\",x=\"y\"} 2\n");
    BOOST_TEST(ScrapedSeries({{"job", "web"}}, false).own_key("up") == "up{job=\"web\"}");
}

// The cases of Prometheus' TestScrapeLoopAppend and its documentation of honor_labels.
BOOST_AUTO_TEST_CASE(the_targets_labels_count_unless_the_samples_are_honored) {
    const TargetLabels env{{"env", "prod"}};
    BOOST_TEST(read("a{env=\"own\"} 1\n", false, env) == "a{env=\"prod\",exported_env=\"own\"} 1\n");
    BOOST_TEST(read("a{env=\"own\"} 1\n", true, env) == "a{env=\"own\"} 1\n");
    BOOST_TEST(read("a{job=\"\"} 1\n") == "a{job=\"web\"} 1\n");
    BOOST_TEST(read("a{job=\"own\"} 1\n", true) == "a{job=\"own\"} 1\n");
    BOOST_TEST(read("a{job=\"\"} 1\n", true) == "a 1\n");
    BOOST_TEST(read("a 1\n", true) == "a{job=\"web\"} 1\n");
}

BOOST_AUTO_TEST_CASE(a_label_that_is_exported_already_gets_one_more_word_in_front) {
    BOOST_TEST(read("a{env=\"own\",exported_env=\"first\"} 1\n", false, {{"env", "prod"}}) ==
               "a{env=\"prod\",exported_env=\"first\",exported_exported_env=\"own\"} 1\n");
}

BOOST_AUTO_TEST_CASE(a_samples_own_job_stands_beside_the_targets) {
    BOOST_TEST(read("a{job=\"own\"} 1\n") == "a{exported_job=\"own\",job=\"web\"} 1\n");
}

// The controller makes the host's name of the target's instance and keeps that as exported_instance: a sample's own
// would be lost there.
BOOST_AUTO_TEST_CASE(what_the_controller_keeps_the_targets_instance_in_stays_free) {
    BOOST_TEST(read("a{instance=\"own\"} 1\n", false, {{"instance", "i"}}) ==
               "a{exported_exported_instance=\"own\",instance=\"i\"} 1\n");
    BOOST_TEST(read("a{exported_instance=\"x\",instance=\"y\"} 1\n", false, {{"instance", "i"}}) ==
               "a{exported_exported_exported_instance=\"y\",exported_exported_instance=\"x\",instance=\"i\"} 1\n");
    BOOST_TEST(read("a{exported_instance=\"x\",job=\"y\"} 1\n", true) ==
               "a{exported_exported_instance=\"x\",job=\"y\"} 1\n");
}

BOOST_AUTO_TEST_CASE(of_a_series_that_comes_twice_the_first_counts_or_the_last_with_a_time) {
    ScrapedSeries series({}, false);
    BOOST_TEST(read(series, "a 1\nb 2\na 3\n") == "a 1\nb 2\n");
    BOOST_TEST(read(series, "a 5\nb 6\na 7\n") == "a 5\nb 6\n");
    BOOST_TEST(read(series, "a 1\nb 2\n") == "a 1\nb 2\n");
    BOOST_TEST(read(series, "a 1 10\na 2 20\na 3 30\n# EOF\n", ExpositionFormat::openmetrics) == "a 3\n");
}

BOOST_AUTO_TEST_CASE(a_broken_text_or_too_many_samples_leave_none) {
    ScrapedSeries series({}, false);
    BOOST_TEST(read(series, "a 1\n") == "a 1\n");
    BOOST_TEST(read(series, "a 1\nb x\n") == "error: line 2: 'x' is no number");
    BOOST_TEST(read(series, "a 1\n", ExpositionFormat::openmetrics).starts_with("error: the text must end"));
    BOOST_TEST(read(series, "a 1\nb 2\nc 3\n", ExpositionFormat::prometheus_text, 2)
                   .starts_with("error: 3 samples, at most 2"));
    BOOST_TEST(series.samples() == 3u);
    BOOST_TEST(read(series, "a 1\nb 2\n", ExpositionFormat::prometheus_text, 2) == "a 1\nb 2\n");
    series.clear();
    series.add_to([](std::string_view key, double) { BOOST_ERROR("still has " << key); });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
