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

// Of one alert, grouped by all of its labels.
Message alone(const alerts::Notification& one) {
    return {.receiver = one.receiver,
            .group_key = R"({}:{alertname="DiskFull", instance="web-1"})",
            .group_labels = one.labels,
            .alerts = {one},
            .truncated = 0};
}
std::string json_of(const alerts::Notification& one, const std::string& external_url = "") {
    return webhook_json(alone(one), external_url);
}

BOOST_AUTO_TEST_SUITE(payload)

BOOST_AUTO_TEST_CASE(is_alertmanager_s_message) {
    BOOST_TEST(
        json_of(some_notification(), "https://vigie.example.org") ==
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
    const auto json = nlohmann::json::parse(json_of(notification));
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
    const auto json = nlohmann::json::parse(json_of(notification));
    BOOST_TEST(json["commonAnnotations"]["summary"].get<std::string>() == summary);
    BOOST_TEST(json["alerts"][0]["annotations"]["summary"].get<std::string>() == summary);
    BOOST_TEST(json["commonLabels"]["path"].get<std::string>() == "C:\\x\n\"y\"");
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_utf_8_are_replaced) {
    auto notification = some_notification();
    notification.labels["path"] =
        "a\xff"
        "b\xc3";
    const auto json = nlohmann::json::parse(json_of(notification));
    BOOST_TEST(json["commonLabels"]["path"].get<std::string>() ==
               "a\xef\xbf\xbd"
               "b\xef\xbf\xbd");
}

// A message of several: what they share, in Alertmanager's order, by instance and then by all labels.
BOOST_AUTO_TEST_CASE(a_group_tells_what_its_alerts_share) {
    Message message;
    message.receiver = "team";
    message.group_key = "{}:{alertname=\"DiskFull\"}";
    message.group_labels = {{"alertname", "DiskFull"}};
    for (const auto* host : {"web-2", "web-1"}) {
        message.alerts.push_back(some_notification());
        message.alerts.back().labels = {{"alertname", "DiskFull"}, {"instance", host}, {"severity", "page"}};
        message.alerts.back().annotations["where"] = host;
    }
    message.alerts[0].is_resolved = true;
    message.truncated = 3;
    sort_as_told(message.alerts);
    const auto json = nlohmann::json::parse(webhook_json(message, ""));
    BOOST_TEST(json["status"].get<std::string>() == "firing");
    BOOST_TEST(json["alerts"][0]["labels"]["instance"].get<std::string>() == "web-1");
    BOOST_TEST(json["alerts"][1]["status"].get<std::string>() == "resolved");
    BOOST_TEST(json["groupLabels"].dump() == R"({"alertname":"DiskFull"})");
    BOOST_TEST(json["commonLabels"].dump() == R"({"alertname":"DiskFull","severity":"page"})");
    BOOST_TEST(json["commonAnnotations"].dump() == R"({"summary":"full"})");
    BOOST_TEST(json["groupKey"].get<std::string>() == "{}:{alertname=\"DiskFull\"}");
    BOOST_TEST(json["truncatedAlerts"].get<int>() == 3);
}

BOOST_AUTO_TEST_CASE(order_is_job_instance_and_then_all_labels) {
    std::vector<alerts::Notification> all(5);
    all[0].labels = {{"alertname", "Z"}};
    all[1].labels = {{"instance", "a"}};
    all[2].labels = {{"instance", "b"}, {"job", "node"}};
    all[3].labels = {{"instance", "a"}, {"job", "node"}};
    all[4].labels = {{"alertname", "A"}, {"b", "c"}};
    const auto before = all;
    sort_as_told(all);
    for (size_t i = 0; i < all.size(); ++i) {
        const std::array<size_t, 5> order{3, 2, 1, 0, 4};
        BOOST_TEST((all[i] == before[order[i]]), i);
    }
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
