// Series of a reading; names, labels and meaning are those of node_exporter 1.5, as the judge shows.
#include "agent/collect/systemd.hpp"

#include "tests/unit/agent/collect/collect_tree.hpp"

namespace vigie::agent {

using namespace tests_of_collect;

namespace {

class Told final : public SystemdSource {
  public:
    explicit Told(Result<SystemdReading> told) : told_(std::move(told)) {}
    const Result<SystemdReading>& reading() const override { return told_; }

  private:
    Result<SystemdReading> told_;
};

SystemdReading small_reading() {
    SystemdReading reading;
    reading.version = "252.38-1~deb12u1";
    reading.is_running = false;
    reading.counts = {{"active", 3}, {"failed", 1}};
    auto& web = reading.units.emplace_back();
    web.name = "web.service";
    web.state = unit_state_of("failed");
    web.type = "notify";
    web.restarts = 4;
    auto& timer = reading.units.emplace_back();
    timer.name = "x.timer";
    timer.triggered_seconds = 1.5;
    reading.left_out = 2;
    return reading;
}

Collection collect_with(Tree& tree, const SystemdSource* source) {
    auto set = CollectorSet::open(tree.options, tree.clock, Tree::mounts, source);
    BOOST_REQUIRE(set);
    return (*set)->collect(tree.clock.wall());
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(systemd, Tree)

BOOST_AUTO_TEST_CASE(a_unit_has_a_series_for_each_state_and_those_of_its_kind) {
    BOOST_TEST(series_of(small_reading()) ==
               "node_systemd_version{version=\"252.38-1~deb12u1\"} 252.38\n"
               "node_systemd_system_running 0\n"
               "node_systemd_units{state=\"active\"} 3\n"
               "node_systemd_units{state=\"failed\"} 1\n"
               "node_systemd_unit_state{name=\"web.service\",state=\"active\",type=\"notify\"} 0\n"
               "node_systemd_unit_state{name=\"web.service\",state=\"activating\",type=\"notify\"} 0\n"
               "node_systemd_unit_state{name=\"web.service\",state=\"deactivating\",type=\"notify\"} 0\n"
               "node_systemd_unit_state{name=\"web.service\",state=\"inactive\",type=\"notify\"} 0\n"
               "node_systemd_unit_state{name=\"web.service\",state=\"failed\",type=\"notify\"} 1\n"
               "node_systemd_unit_state{name=\"x.timer\",state=\"active\"} 0\n"
               "node_systemd_unit_state{name=\"x.timer\",state=\"activating\"} 0\n"
               "node_systemd_unit_state{name=\"x.timer\",state=\"deactivating\"} 0\n"
               "node_systemd_unit_state{name=\"x.timer\",state=\"inactive\"} 0\n"
               "node_systemd_unit_state{name=\"x.timer\",state=\"failed\"} 0\n"
               "node_systemd_service_restart_total{name=\"web.service\"} 4\n"
               "node_systemd_timer_last_trigger_seconds{name=\"x.timer\"} 1.5\n"
               "vigie_systemd_units_left_out 2\n");
}

// node_exporter looks for [0-9]{3,}(\.[0-9]+)? anywhere in the text.
BOOST_AUTO_TEST_CASE(a_version_is_the_first_number_of_three_digits) {
    BOOST_TEST(systemd_version_of("252.38-1~deb12u1") == 252.38);
    BOOST_TEST(systemd_version_of("systemd 219") == 219);
    BOOST_TEST(systemd_version_of("v12-255.") == 255);
    BOOST_TEST(systemd_version_of("99") == 0);
    BOOST_TEST(systemd_version_of("") == 0);
}

BOOST_AUTO_TEST_CASE(the_collector_succeeds_with_a_reading_and_not_without) {
    const Told good{small_reading()};
    const auto collection = collect_with(*this, &good);
    auto series = by_key(collection.batch);
    BOOST_TEST(series["node_scrape_collector_success{collector=\"systemd\"}"] == 1);
    BOOST_TEST(series["node_systemd_service_restart_total{name=\"web.service\"}"] == 4);
    const Told bad{fail(ErrorCode::timed_out, "systemd: no answer")};
    const SystemdSource* nobody = nullptr;
    for (const SystemdSource* source : {static_cast<const SystemdSource*>(&bad), nobody}) {
        series = by_key(collect_with(*this, source).batch);
        BOOST_TEST(series["node_scrape_collector_success{collector=\"systemd\"}"] == 0);
        BOOST_TEST(!series.contains("node_systemd_units{state=\"failed\"}"));
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
