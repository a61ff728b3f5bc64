// Opsgenie's limits and responders (https://docs.opsgenie.com/docs/alert-api#create-alert).
#include "controller/notify/channels/channels.hpp"
#include "tests/unit/controller/notify/channel_world.hpp"

namespace vigie::controller::notify {
namespace {

BOOST_AUTO_TEST_SUITE(opsgenie_channel)

BOOST_AUTO_TEST_CASE(teams_in_one_name_are_several_and_types_may_be_templates) {
    ChannelWorldOf world(R"(opsgenie_configs: [{api_key: k, responders: [{name: 'Ops, Night', type: teams},
    {username: a@b, type: User}, {id: '7', type: '{{ .CommonLabels.none }}'}, {name: x, type: '{{ .Status }}'}]}])");
    BOOST_TEST(world.body()["responders"].dump() ==
               R"([{"name":"Ops","type":"team"},{"name":"Night","type":"team"},{"type":"user","username":"a@b"}])");
}

BOOST_AUTO_TEST_CASE(tags_and_actions_are_no_more_and_no_longer_than_it_takes) {
    std::string words = std::string(60, 'x');
    for (int i = 1; i < 30; ++i) {
        words += fmt::format(", w{}", i);
    }
    ChannelWorldOf world(fmt::format("opsgenie_configs: [{{api_key: k, tags: '{0}', actions: '{0}'}}]", words));
    const auto body = world.body();
    BOOST_TEST(body["tags"].size() == 20U);
    BOOST_TEST(body["actions"].size() == 10U);
    BOOST_TEST(text_at(body, "/tags/0") == std::string(49, 'x') + "…");
    BOOST_TEST(text_at(body, "/tags/19") == "w19");
}

BOOST_AUTO_TEST_CASE(details_of_the_file_come_before_labels_and_all_fit) {
    ChannelWorldOf world(
        R"(opsgenie_configs: [{api_key: k, details: {own: '{{ .CommonAnnotations.long }}', severity: mine}}])");
    for (auto& one : world.message.alerts) {
        one.annotations["long"] = std::string(7'970, 'x');
        one.labels["big"] = std::string(100, 'b');
    }
    // 3 + 7,970 and 8 + 4 leave 15 of 8,000: too few for alertname=DiskFull and for big.
    auto details = world.body()["details"];
    BOOST_TEST(details.size() == 2U);
    BOOST_TEST(text_at(details, "/severity") == "mine");
    for (auto& one : world.message.alerts) {
        one.annotations["long"] = std::string(7'960, 'x');
    }
    details = world.body()["details"];  // 25 are left
    BOOST_TEST(details.size() == 3U);
    BOOST_TEST(text_at(details, "/alertname") == "DiskFull");
    for (auto& one : world.message.alerts) {
        one.annotations["long"] = std::string(9'000, 'x');
    }
    details = world.body()["details"];
    BOOST_TEST(details.size() == 1U);
    BOOST_TEST(text_at(details, "/own") == std::string(7'996, 'x') + "…");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::notify
