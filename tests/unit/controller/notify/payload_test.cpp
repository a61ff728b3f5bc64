// The expected message is written after Alertmanager's documentation of webhook_config.
#include "controller/notify/payload.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "controller/notify/receiver.hpp"

namespace vigie::controller::notify {
namespace {

alerts::Notification some_notification() {
    alerts::Notification notification;
    notification.receiver = "hook";
    notification.alert_id = "00000000000000aa";
    notification.labels = {{"alertname", "DiskFull"}, {"instance", "web-1"}};
    notification.annotations = {{"summary", "full"}};
    notification.starts_at = parse_rfc3339("2026-11-25T01:02:03.004Z").value();
    return notification;
}

BOOST_AUTO_TEST_SUITE(payload)

BOOST_AUTO_TEST_CASE(is_alertmanager_s_message) {
    BOOST_TEST(
        webhook_json(some_notification(), "https://vigie.example.org") ==
        R"({"receiver":"hook","status":"firing","alerts":[{"status":"firing",)"
        R"("labels":{"alertname":"DiskFull","instance":"web-1"},"annotations":{"summary":"full"},)"
        R"("startsAt":"2026-11-25T01:02:03.004Z","endsAt":"0001-01-01T00:00:00Z",)"
        R"("generatorURL":"https://vigie.example.org/alerts/00000000000000aa",)"
        R"("fingerprint":")" +
            alerts::fingerprint({{"alertname", "DiskFull"}, {"instance", "web-1"}}) +
            R"("}],"groupLabels":{"alertname":"DiskFull","instance":"web-1"},)"
            R"("commonLabels":{"alertname":"DiskFull","instance":"web-1"},"commonAnnotations":{"summary":"full"},)"
            R"("externalURL":"https://vigie.example.org","version":"4",)"
            R"("groupKey":"{}:{alertname=\"DiskFull\", instance=\"web-1\"}","truncatedAlerts":0})");
}

BOOST_AUTO_TEST_CASE(a_resolved_alert_has_its_end) {
    auto notification = some_notification();
    notification.is_resolved = true;
    notification.ends_at = notification.starts_at + 1h;
    const auto json = nlohmann::json::parse(webhook_json(notification, ""));
    BOOST_TEST(json["status"].get<std::string>() == "resolved");
    BOOST_TEST(json["alerts"][0]["endsAt"].get<std::string>() == "2026-11-25T02:02:03.004Z");
    BOOST_TEST(json["alerts"][0]["generatorURL"].get<std::string>() == "");
}

// AM#3061
BOOST_AUTO_TEST_CASE(markup_and_accents_come_out_as_they_went_in) {
    auto notification = some_notification();
    const std::string summary = "disk <10% a-b_c & \"é\"";
    notification.annotations["summary"] = summary;
    notification.labels["path"] = "C:\\x\n\"y\"";
    const auto json = nlohmann::json::parse(webhook_json(notification, ""));
    BOOST_TEST(json["commonAnnotations"]["summary"].get<std::string>() == summary);
    BOOST_TEST(json["alerts"][0]["annotations"]["summary"].get<std::string>() == summary);
    BOOST_TEST(json["commonLabels"]["path"].get<std::string>() == "C:\\x\n\"y\"");
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_utf_8_are_replaced) {
    auto notification = some_notification();
    notification.labels["path"] =
        "a\xff"
        "b\xc3";
    const auto json = nlohmann::json::parse(webhook_json(notification, ""));
    BOOST_TEST(json["commonLabels"]["path"].get<std::string>() ==
               "a\xef\xbf\xbd"
               "b\xef\xbf\xbd");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(receiver)

Receiver oncall() {
    Receiver receiver;
    receiver.name = "oncall";
    receiver.url = "https://hooks.example.org:8443/T0/secret?x=1";
    receiver.headers["Authorization"] = "Bearer abc";
    return receiver;
}
std::string problem_of(const Receiver& receiver) {
    const auto checked = check_receiver(receiver);
    return checked ? "" : checked.error().message;
}

BOOST_AUTO_TEST_CASE(a_good_one_is_accepted_and_shown_without_its_secret) {
    BOOST_TEST(problem_of(oncall()) == "");
    BOOST_TEST(address_of(oncall().url) == "https://hooks.example.org:8443/…");
}

BOOST_AUTO_TEST_CASE(mistakes_are_refused_by_name_and_without_the_url) {
    auto wrong = oncall();
    for (const auto* url : {"file:///etc/passwd", "ftp://host/secret"}) {
        wrong.url = url;
        BOOST_TEST(problem_of(wrong) == "webhook 'oncall': url: must begin with http:// or https://");
    }
    wrong.url = "just words";
    BOOST_TEST(problem_of(wrong) == "webhook 'oncall': url: must be a URL such as https://host/path");
    wrong = oncall();
    wrong.timeout = 1h;
    BOOST_TEST(problem_of(wrong) == "webhook 'oncall': timeout: must be between 100ms and 5m");
    wrong = oncall();
    wrong.headers["X"] = "a\r\nB: c";
    BOOST_TEST(problem_of(wrong) == "webhook 'oncall': headers: 'X' is not a header that can be sent");
}

BOOST_AUTO_TEST_CASE(an_address_shows_no_user_path_or_query) {
    BOOST_TEST(address_of("https://user:pass@host/secret?token=1#x") == "https://host/…");
    BOOST_TEST(address_of("nonsense at all") == "a URL that is not readable");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::notify
