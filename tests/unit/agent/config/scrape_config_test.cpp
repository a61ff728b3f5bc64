// The targets of the configuration.
#include "agent/config/scrape_config.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::agent {
namespace {

Result<std::vector<ScrapeOptions>> read(std::string_view text, milliseconds interval = 15s) {
    const auto node = config::parse_yaml(text, "a.yaml");
    BOOST_REQUIRE(node);
    std::vector<ScrapeOptions> targets;
    VIGIE_CHECK(read_scrape(*node, "a.yaml", targets));
    VIGIE_CHECK(finish_scrape(interval, "a.yaml", targets));
    return targets;
}

void expect_refused(std::string_view text, std::string_view why) {
    const auto targets = read(text);
    BOOST_REQUIRE_MESSAGE(!targets, text);
    BOOST_TEST(targets.error().message.find(why) != std::string::npos, targets.error().message);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scrape_config)

BOOST_AUTO_TEST_CASE(a_target_has_the_agents_interval_and_ten_seconds) {
    const auto targets = read("[{job: web, url: 'http://127.0.0.1:80'}]");
    BOOST_REQUIRE(targets);
    BOOST_REQUIRE(targets->size() == 1u);
    BOOST_TEST((targets->front().interval == 15s));
    BOOST_TEST((targets->front().timeout == 10s));
    BOOST_TEST((read("[{job: web, url: 'http://127.0.0.1:80'}]", 500ms)->front().timeout == 500ms));
}

BOOST_AUTO_TEST_CASE(all_keys_are_read) {
    const auto targets = read(
        "[{job: web, url: 'unix:///run/app.sock:/m', interval: 30s, timeout: 5s, labels: {env: prod}, sample_limit: "
        "50, "
        "body_limit: 100KiB, token_file: /etc/token, honor_labels: true}]");
    BOOST_REQUIRE(targets);
    const ScrapeOptions wanted{.job = "web",
                               .url = "unix:///run/app.sock:/m",
                               .interval = 30s,
                               .timeout = 5s,
                               .labels = {{"env", "prod"}},
                               .sample_limit = 50,
                               .body_limit = 100_KiB,
                               .token_file = "/etc/token",
                               .honor_labels = true};
    BOOST_TEST((targets->front() == wanted));
}

BOOST_AUTO_TEST_CASE(mistakes_are_told_with_their_line) {
    const auto with = [](std::string_view more) {
        return fmt::format("[{{job: web, url: 'http://127.0.0.1:80', {}}}]", more);
    };
    expect_refused("{job: web}", "must be a list of targets");
    expect_refused("[{url: 'http://127.0.0.1'}]", "key 'job' is missing");
    expect_refused("[{job: web}]", "key 'url' is missing");
    expect_refused("[{job: '', url: 'http://127.0.0.1'}]", "job: must not be empty");
    expect_refused(with("ca_file: /etc/ca.pem"), "ca_file: is for targets over https");
    expect_refused(with("user: a, password_file: /b"), "is for targets over https");
    const auto secure_with = [](std::string_view more) {
        return fmt::format("[{{job: web, url: 'https://127.0.0.1', {}}}]", more);
    };
    expect_refused(secure_with("ca_file: ca.pem"), "ca_file: must be a path from the root");
    expect_refused(secure_with("server_name: 'a b'"), "server_name: must be a name");
    expect_refused(secure_with("user: a"), "user: needs user and password_file");
    expect_refused(secure_with("password_file: /b"), "password_file: needs user and password_file");
    expect_refused(secure_with("user: a, password_file: /b, token_file: /c"), "exclude each other");
    expect_refused("[{job: web, url: 'http://example.org'}]", "names are not looked up");
    expect_refused(with("intervall: 5s"), "did you mean 'interval'?");
    expect_refused(with("interval: 10ms"), "between 1s and 5m");
    expect_refused(with("timeout: 1m"), "its timeout of 1m is above its interval of 15s");
    expect_refused(with("timeout: 0s"), "at least 1ms");
    expect_refused(with("sample_limit: 0"), "from 1 to 10000");
    expect_refused(with("body_limit: 1GiB"), "to 16MiB");
    expect_refused(with("labels: {job: x}"), "'job' can't be given");
    expect_refused(with("labels: {exported_instance: x}"), "'exported_instance' can't be given");
    expect_refused(with("labels: {a-b: x}"), "'a-b' can't be given");
    expect_refused(with("labels: {__a: x}"), "'__a' can't be given");
    expect_refused(with("labels: {a: ''}"), "must not be empty");
    expect_refused(with("token_file: token"), "a path from the root");
    expect_refused("[{job: web, url: 'http://127.0.0.1:80/a'}, {job: web, url: 'http://127.0.0.1/b'}]",
                   "job 'web' has this address already");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
