#include "controller/app/own_metrics.hpp"

#include "tests/unit/controller/app/world.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {

struct Metered : World {
    CommitMeter meter{memory, clock};
    LinkThread::Counts link;
    web::FrontCounts front;

    std::string page() {
        const OwnMetricsSources all{.answers = *sources,
                                    .commits = meter,
                                    .queries = queries,
                                    .link = [this] { return link; },
                                    .commits_queued = [] { return size_t{7}; },
                                    .front = [this] { return front; },
                                    .http = [] { return web::HttpCounts{.connections = 2, .accepted = 5, .cut = 1}; },
                                    .store_folder = folder.path()};
        return web::write_metrics(own_metrics(all)(), web::Exposition::text);
    }
};

bool has(const std::string& page, const std::string& line) {
    return page.find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(own_metrics_page, Metered)

BOOST_AUTO_TEST_CASE(the_fleet_its_samples_and_its_alerts_are_counted) {
    connect(AgentId{"web-1"});
    connect(AgentId{"web-2"});
    report(AgentId{"web-1"}, 1, "node_load1\nother\n", {5, 1});
    for (int i = 0; i < 120; ++i) {
        tick_after(1s);
    }
    link.sessions = 2;
    link.handshakes.refused = 4;
    const auto text = page();
    BOOST_TEST(has(text, "vigie_hosts{state=\"silent\"} 2"));
    BOOST_TEST(has(text, "vigie_hosts{state=\"up\"} 0"));
    BOOST_TEST(has(text, "vigie_agents_connected 2"));
    BOOST_TEST(has(text, "vigie_handshakes_total{outcome=\"refused\"} 4"));
    // Two that came, and ALERTS and ALERTS_FOR_STATE: of the rule's alert at once and after a minute, then beside it of
    // web-1's silence, and of web-2's: 12. `up` and the clock of two hosts, twice, and `up` of both once they are
    // silent.
    BOOST_TEST(has(text, "vigie_samples_ingested_total 22"));
    BOOST_TEST(has(text, "vigie_entries_total{outcome=\"applied\"} 1"));
    // Two that came, ALERTS and ALERTS_FOR_STATE of three alerts, `up` and the clock of two hosts.
    BOOST_TEST(has(text, "vigie_series 12"));
    // Two hosts' silence; what the rule said of web-1 nobody can judge now.
    BOOST_TEST(has(text, "vigie_alerts{state=\"firing\"} 2"));
    BOOST_TEST(has(text, "vigie_alerts{state=\"no_data\"} 1"));
}

BOOST_AUTO_TEST_CASE(commits_notifications_and_requests_are_counted) {
    static_cast<void>(meter.commit({}));
    notified.counts.delivered = 3;
    notified.counts.given_up = 2;
    front.by_status[404] = 9;
    const auto text = page();
    BOOST_TEST(has(text, "vigie_commit_duration_seconds_bucket{le=\"0.001\"} 1"));
    BOOST_TEST(has(text, "vigie_commit_duration_seconds_bucket{le=\"+Inf\"} 1"));
    BOOST_TEST(has(text, "vigie_commit_duration_seconds_count 1"));
    BOOST_TEST(has(text, "vigie_commit_queue_length 7"));
    BOOST_TEST(has(text, "vigie_notifications_sent_total 3"));
    BOOST_TEST(has(text, "vigie_notifications_failed_total 2"));
    BOOST_TEST(has(text, "vigie_http_requests_total{code=\"404\"} 9"));
    BOOST_TEST(has(text, "vigie_http_connections_cut_total 1"));
}

BOOST_AUTO_TEST_CASE(the_store_has_the_size_of_its_files) {
    BOOST_REQUIRE(files.make_directories(folder / "db", 0700).has_value());
    BOOST_REQUIRE(files.write_atomically(folder / "a", std::string(1000, 'x'), 0600).has_value());
    BOOST_REQUIRE(files.write_atomically(folder / "db/b", std::string(234, 'x'), 0600).has_value());
    BOOST_TEST(has(page(), "vigie_store_bytes 1234"));
}

BOOST_AUTO_TEST_CASE(the_process_is_this_one) {
    std::map<std::string, double> values;
    const auto families = process_metrics();
    for (const auto& family : families) {
        values[family.name] = family.points.at(0).value;
    }
    BOOST_TEST(values.at("process_resident_memory_bytes") > 1e6);
    BOOST_TEST(values.at("process_virtual_memory_bytes") > values.at("process_resident_memory_bytes"));
    BOOST_TEST(values.at("process_open_fds") >= 3);
    BOOST_TEST(values.at("process_open_fds") <= values.at("process_max_fds"));
    BOOST_TEST(values.at("process_cpu_seconds") >= 0);
    BOOST_TEST(values.at("process_start_time_seconds") > 1.6e9);
}

BOOST_AUTO_TEST_SUITE_END()
