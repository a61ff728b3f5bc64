// The logs of the configuration.
#include "agent/config/errors_config.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::agent {
namespace {

Result<errors::ErrorOptions> read(std::string_view text) {
    const auto node = config::parse_yaml(text, "a.yaml");
    BOOST_REQUIRE(node);
    errors::ErrorOptions options;
    VIGIE_CHECK(read_errors(*node, "a.yaml", options));
    return options;
}

void expect_refused(std::string_view text, std::string_view why) {
    const auto options = read(text);
    BOOST_REQUIRE_MESSAGE(!options, text);
    BOOST_TEST(options.error().message.find(why) != std::string::npos, options.error().message);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(errors_config)

BOOST_AUTO_TEST_CASE(paths_are_enough) {
    const auto options = read("[{paths: [/var/log/app/*.log]}]");
    BOOST_REQUIRE(options);
    BOOST_REQUIRE(options->sources.size() == 1u);
    BOOST_TEST((options->sources[0] == errors::LogSource{.paths = {"/var/log/app/*.log"}, .except = {}}));
}

BOOST_AUTO_TEST_CASE(all_keys_are_read) {
    const auto options = read("[{paths: [/a], except: ['/a/b*'], format: monolog, level: warning}, {paths: [/c]}]");
    BOOST_REQUIRE(options);
    BOOST_REQUIRE(options->sources.size() == 2u);
    const errors::LogSource wanted{
        .paths = {"/a"}, .except = {"/a/b*"}, .format = errors::LogFormat::monolog, .least = errors::Level::warning};
    BOOST_TEST((options->sources[0] == wanted));
}

BOOST_AUTO_TEST_CASE(mistakes_are_told_with_their_line) {
    expect_refused("{paths: [/a]}", "must be a list of logs");
    expect_refused("[{format: auto}]", "key 'paths' is missing");
    expect_refused("[{paths: []}]", "a.yaml:1: paths: must be 1 to 64 paths from the root");
    expect_refused("[{paths: [app.log]}]", "must be 1 to 64 paths from the root");
    expect_refused("[{paths: [/a], format: log5j}]", "must be one of auto, json, monolog");
    expect_refused("[{paths: [/a], level: info}]", "must be warning, error or critical");
    expect_refused("[{paths: [/a], level: bad}]", "must be warning, error or critical");
    expect_refused("[{paths: [/a], formats: auto}]", "format");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
