#include "agent/deadman/page_json.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

using namespace vigie;
using namespace vigie::agent;
using nlohmann::json;

namespace {
const WallTime since = wall_from_unix_ms(1'800'000'000'000);  // 2027-01-15T08:00:00Z
const DeadmanFacts facts{"web-1", "tcp://vigie.example.org:7411"};
}  // namespace

BOOST_AUTO_TEST_SUITE(deadman_page)

BOOST_AUTO_TEST_CASE(is_alertmanagers_message_with_one_alert) {
    const auto told = json::parse(page_json({.watch = 7, .silent_since = since}, facts, since + 10min));
    BOOST_TEST(told["version"].get<std::string>() == "4");
    BOOST_TEST(told["status"].get<std::string>() == "firing");
    BOOST_REQUIRE(told["alerts"].size() == 1U);
    const auto& alert = told["alerts"][0];
    BOOST_TEST(alert["labels"]["alertname"].get<std::string>() == "VigieControllerSilent");
    BOOST_TEST(alert["startsAt"].get<std::string>() == "2027-01-15T08:00:00.000Z");
    BOOST_TEST(alert["endsAt"].get<std::string>() == "0001-01-01T00:00:00Z");
    BOOST_TEST(alert["annotations"]["summary"].get<std::string>() ==
               "web-1 has not heard the controller at tcp://vigie.example.org:7411 since 2027-01-15T08:00:00.000Z");
    BOOST_TEST(told["groupKey"].get<std::string>() == R"({}:{alertname="VigieControllerSilent"})");
}

BOOST_AUTO_TEST_CASE(its_end_is_the_same_alert) {
    const auto began = json::parse(page_json({.watch = 7, .silent_since = since}, facts, since));
    const auto ended = json::parse(page_json({true, 7, since, 0}, facts, since + 1h));
    BOOST_TEST(ended["alerts"][0]["status"].get<std::string>() == "resolved");
    BOOST_TEST(ended["alerts"][0]["endsAt"].get<std::string>() == "2027-01-15T09:00:00.000Z");
    BOOST_TEST(ended["alerts"][0]["labels"] == began["alerts"][0]["labels"]);
    BOOST_TEST(ended["alerts"][0]["fingerprint"] == began["alerts"][0]["fingerprint"]);
    BOOST_TEST(page_key({true, 7, since, 0}) == "vigie-controller-silent-0000000000000007-resolved");
}

BOOST_AUTO_TEST_CASE(two_deputies_tell_of_one_alert_under_one_key) {
    const DeadmanFacts other{"db-1", facts.controller};
    const auto first = json::parse(page_json({.watch = 7, .silent_since = since}, facts, since));
    const auto second = json::parse(page_json({.watch = 7, .silent_since = since + 3s}, other, since));
    BOOST_TEST(first["alerts"][0]["fingerprint"] == second["alerts"][0]["fingerprint"]);
    BOOST_TEST(page_key({.watch = 7, .silent_since = since}) == page_key({.watch = 7, .silent_since = since + 3s}));
    BOOST_TEST(second["commonAnnotations"]["told_by"].get<std::string>() == "db-1");
}

BOOST_AUTO_TEST_CASE(what_could_not_be_said_at_first_says_so) {
    const auto told = page_json({.silent_since = since, .attempts_before = 3}, facts, since);
    BOOST_TEST(told.find("its own network may be at fault") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(is_json_whatever_stands_in_the_address) {
    const auto told = json::parse(page_json({.silent_since = since}, {"h", "a\"\\\n"}, since));
    BOOST_TEST(told["commonLabels"]["controller"].get<std::string>() == "a\"\\\n");
}

BOOST_AUTO_TEST_SUITE_END()
