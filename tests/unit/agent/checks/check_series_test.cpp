#include "agent/checks/check_series.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::agent;

namespace {
struct SeriesFixture {
    Check check;
    CheckState state;
    CheckResult last;

    SeriesFixture() {
        check.name = "front";
        check.kind = "http";
        check.category = "services";
        check.labels = {{"app", "shop"}, {"zone", "b"}};
        check.max_attempts = 4;
        state.has_result = true;
        state.status = CheckStatus::critical;
        state.is_hard = false;
        state.attempt = 2;
        state.since = wall_from_unix_ms(1'800'000'000'000);
        last.duration = 250ms;
    }
    std::map<std::string, double> series() {
        SeriesWriter writer;
        writer.begin();
        emit_state(check, state, last.duration, wall_from_unix_ms(1'800'000'060'500), writer);
        emit_lateness(check, 1500ms, writer);
        emit_values(check, last.values, writer);
        writer.finish();
        std::map<std::string, double> found;
        std::string_view schema = writer.schema();
        for (const auto value : writer.values()) {
            const auto end = schema.find('\n');
            found.emplace(schema.substr(0, end), value);
            schema.remove_prefix(end + 1);
        }
        BOOST_TEST(found.size() == writer.values().size());  // none twice
        return found;
    }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(check_series, SeriesFixture)

BOOST_AUTO_TEST_CASE(tell_the_state) {
    const std::string labels = R"({app="shop",category="services",check="front",kind="http",zone="b"})";
    const auto found = series();
    BOOST_TEST(found.at("vigie_check_status" + labels) == 2);
    BOOST_TEST(found.at("vigie_check_hard_status" + labels) == 0);
    BOOST_TEST(found.at("vigie_check_state_hard" + labels) == 0);
    BOOST_TEST(found.at("vigie_check_attempt" + labels) == 2);
    BOOST_TEST(found.at("vigie_check_max_attempts" + labels) == 4);
    BOOST_TEST(found.at("vigie_check_duration_seconds" + labels) == 0.25);
    BOOST_TEST(found.at("vigie_check_since_timestamp_seconds" + labels) == 1'800'000'000);
    BOOST_TEST(found.at("vigie_check_last_run_timestamp_seconds" + labels) == 1'800'000'060.5);
    BOOST_TEST(found.at("vigie_check_late_seconds" + labels) == 1.5);
}

BOOST_AUTO_TEST_CASE(of_our_own_probes_have_blackbox_exporters_names) {
    check.labels.clear();
    last.values = {{"probe_success", 1, ""}, {"probe_http_duration_seconds/phase/tls", 0.5, ""}, {"size", 9, "B"}};
    const auto found = series();
    BOOST_TEST(found.at(R"(probe_success{category="services",check="front",kind="http"})") == 1);
    BOOST_TEST(found.at(R"(probe_http_duration_seconds{category="services",check="front",kind="http",phase="tls"})") ==
               0.5);
    BOOST_TEST(
        found.at(R"(vigie_check_perfdata{category="services",check="front",kind="http",label="size",unit="B"})") == 9);
}

BOOST_AUTO_TEST_CASE(of_commands_are_perfdata_whatever_they_are_called) {
    check.labels.clear();
    check.kind = "command";
    last.values = {{"probe_success", 1, ""}, {"/ \"x\"", 5, "MB"}};
    const auto found = series();
    BOOST_TEST(
        found.at(R"(vigie_check_perfdata{category="services",check="front",kind="command",label="probe_success"})") ==
        1);
    BOOST_TEST(
        found.at(
            R"(vigie_check_perfdata{category="services",check="front",kind="command",label="/ \"x\"",unit="MB"})") ==
        5);
}

BOOST_AUTO_TEST_CASE(only_the_lateness_is_there_before_the_first_result) {
    state.has_result = false;
    const auto found = series();
    BOOST_REQUIRE(found.size() == 1u);
    BOOST_TEST(found.begin()->first.starts_with("vigie_check_late_seconds{"));
}

BOOST_AUTO_TEST_CASE(labels_that_others_set_are_taken) {
    BOOST_TEST(is_taken_label("check"));
    BOOST_TEST(is_taken_label("instance"));
    BOOST_TEST(!is_taken_label("app"));
}

BOOST_AUTO_TEST_SUITE_END()
