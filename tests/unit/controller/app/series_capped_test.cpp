// The controller's own alert of a host that reports more series than it may have.
#include <boost/test/unit_test.hpp>

#include "tests/unit/controller/app/world.hpp"

namespace vigie::controller {
namespace {

const AgentId web_1{"web-1"};

struct Exploding : World {
    uint64_t seq = 0;

    void report_requests(size_t count) {
        std::string schema;
        for (size_t i = 0; i < count; ++i) {
            schema += fmt::format("node_requests_total{{id=\"{}\"}}\n", i);  // all of the cap is for the host's own
        }
        report(web_1, ++seq, schema, std::vector<double>(count, 1));
    }
    std::string phase() const {
        const auto all = alerts::list_alerts(memory).value();
        return all.size() != 1 || all[0].name != alerts::series_capped ? "" : std::string(name_of(all[0].state.phase));
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(series_capped, Exploding)

BOOST_AUTO_TEST_CASE(pages_once_names_the_label_and_ends_after_ten_calm_minutes) {
    report_requests(20'001);  // one more than a host may have
    BOOST_TEST(phase() == "firing");
    BOOST_TEST(rows(Family::outbox) == 1u);
    const auto summary = alerts::list_alerts(memory).value()[0].annotations.at("summary");
    BOOST_TEST(summary.find("web-1: 1 series over the cap of 20000") != std::string::npos, summary);
    BOOST_TEST(summary.find("label id ") != std::string::npos, summary);
    clock.advance(60s);
    report_requests(20'001);
    clock.advance(9min);
    report_requests(1);
    BOOST_TEST(phase() == "firing");
    BOOST_TEST(rows(Family::outbox) == 1u);
    clock.advance(1min);
    memory.fail_commits_with = disk_full;
    report_requests(1);
    memory.fail_commits_with.reset();
    BOOST_TEST(phase() == "firing");
    report(web_1, seq, "node_requests_total{id=\"0\"}\n", {1});
    BOOST_TEST(phase() == "resolved");
    BOOST_TEST(rows(Family::outbox) == 2u);
}

BOOST_AUTO_TEST_CASE(of_before_a_restart_ends_too) {
    report_requests(20'001);
    records = Records::open(reads, clock, random, {}).value();
    path = std::make_unique<SamplePath>(*records, commits, *this);
    clock.advance(10min);
    report_requests(1);
    BOOST_TEST(phase() == "resolved");
}

BOOST_AUTO_TEST_CASE(a_host_within_its_cap_has_none) {
    report_requests(20'000);
    clock.advance(10min);
    report_requests(1);
    BOOST_TEST(phase() == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::controller
