#include "agent/config/apps_check.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::agent {
namespace {

struct Options {
    AppsOptions options;
    Options() {
        options.statsd.emplace().sockets.listen = "udp://127.0.0.1:8125";
        options.push.emplace().socket = "/run/push.sock";
    }
    void expect(const std::vector<std::string>& beginnings) const {
        const auto said = apps_warnings(options);
        BOOST_REQUIRE_MESSAGE(said.size() == beginnings.size(), fmt::format("{}", fmt::join(said, "; ")));
        for (size_t i = 0; i < said.size(); ++i) {
            BOOST_TEST(said[i].starts_with(beginnings[i]), said[i]);
        }
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(apps_check, Options)

BOOST_AUTO_TEST_CASE(defaults_are_meant) {
    expect({});
    options = {};
    options.series_max = 9'000;  // of nobody
    expect({});
}

BOOST_AUTO_TEST_CASE(a_cap_that_another_one_keeps_from_being_reached_is_told) {
    options.series_max = 900;
    expect({"statsd may have 1000 series, but all applications together 900"});
    options.series_max = 4'000;
    options.push->limits.series_max = 5'000;
    expect({"push may have 5000 series"});
    options.push->limits.series_max = 200;
    options.scrape.push_back(
        {.job = "web", .url = "http://127.0.0.1:80", .labels = {}, .sample_limit = 4'001, .token_file = {}});
    expect({"scrape of web may have 4001 series"});
    options.series_max = 5'201;
    expect({});
    options.series_max = 5'202;
    expect({"applications may have 5202 series, but its sources only 5201 together"});
}

BOOST_AUTO_TEST_CASE(an_address_that_others_reach_is_told) {
    for (const auto* own :
         {"udp://127.0.0.1:8125", "udp://127.1.2.3:1", "udp://localhost:8125", "udp://[::1]:8125", ""}) {
        options.statsd->sockets.listen = own;
        expect({});
    }
    for (const auto* open : {"udp://0.0.0.0:8125", "udp://10.0.0.5:8125", "udp://[::]:8125", "udp://[fe80::1]:8125"}) {
        options.statsd->sockets.listen = open;
        expect({fmt::format("statsd: whoever reaches {} can write", open)});
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
