#include <boost/test/unit_test.hpp>

#include "controller/app/answers_routing.hpp"
#include "controller/routing/silence.hpp"
#include "tests/unit/controller/app/world.hpp"
#include "tests/unit/controller/maintenance/maintained.hpp"

namespace vigie::controller {
namespace {

constexpr auto file = R"(
route:
  receiver: team
  group_by: [alertname]
  routes:
  - {receiver: nights, match: {night: 'yes'}, mute_time_intervals: [always]}
  - {receiver: db, group_by: ['...'], matchers: ['instance=~"db.*"'], continue: true}
receivers: [{name: team}, {name: nights}, {name: db}]
inhibit_rules: [{source_match: {alertname: LoadHigh}, target_match: {alertname: Slow}, equal: [instance]}]
time_intervals: [{name: always, time_intervals: [{}]}]
)";

struct Silences : World {
    routing::Routing routes = routing::parse_routing_file(file, "a.yml").value();
    maintenance::Maintenance maintained = maintenance::parse_maintenance(
                                              "[{name: always, matchers: [alertname=Patched], time_intervals: [{times: "
                                              "[{start_time: '00:00', end_time: '24:00'}]}]}]")
                                              .value();
    size_t told = 0;
    RoutingSources routing{.routing = routes,
                           .webhooks = {{.name = "on-call", .url = {}, .headers = {}, .ca_file = {}}},
                           .silences_changed = [this] { ++told; },
                           .maintenance = maintained};

    Silences() {
        add_silence_answers(desk, *sources, routing);
        add_route_answers(desk, *sources, routing);
        connect(AgentId{"web-1"});
        connect(AgentId{"db-1"});
        report(AgentId{"web-1"}, 1, "node_load1", {100});
        report(AgentId{"db-1"}, 1, "node_load1", {100});
        BOOST_REQUIRE(ask("alerts.list").value().size() == 2u);
    }
    Json made(const Json& arguments) {
        auto all = Json{{"matchers", {"instance=web-1"}}, {"for", "2h"}, {"comment", "new disks"}};
        all.update(arguments);
        return ask("silences.create", all).value();
    }
    Error refused(const Json& arguments, unsigned uid = 0) {
        auto all = Json{{"matchers", {"instance=web-1"}}, {"for", "2h"}, {"comment", "new disks"}};
        all.update(arguments);
        const auto answer = ask("silences.create", all, uid);
        BOOST_REQUIRE(!answer.has_value());
        return answer.error();
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(answers_silences, Silences)

BOOST_AUTO_TEST_CASE(a_silence_is_stored_with_its_author_and_the_notifier_told) {
    const auto one = made(Json::object());
    BOOST_TEST(told == 1u);
    BOOST_TEST(one["state"] == "active");
    BOOST_TEST(one["matchers"] == "{instance=\"web-1\"}");
    BOOST_TEST(one["author"] == "uid 0");
    BOOST_REQUIRE(one["alerts"].size() == 1u);
    BOOST_TEST(one["alerts"][0]["host"] == "web-1");
    const auto stored = routing::list_silences(memory).value();
    BOOST_REQUIRE(stored.size() == 1u);
    BOOST_TEST(stored[0].id == one["id"].get<std::string>());
    BOOST_TEST(stored[0].comment == "new disks");
    BOOST_TEST((stored[0].ends_at == clock.wall() + 2h));
    const auto noted = ask("audit.list").value();
    BOOST_TEST(noted.dump().find("silences.create") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(it_is_listed_until_it_is_over_and_expires_early) {
    const auto id = made(Json::object())["id"].get<std::string>();
    made({{"starts_at", to_rfc3339(clock.wall() + 1h)}, {"for", "30m"}});
    auto listed = ask("silences.list").value();
    BOOST_TEST(listed.size() == 2u);
    BOOST_TEST(ask("silences.show", {{"id", id.substr(0, 6)}}).value()["alerts"].size() == 1u);
    const auto over = ask("silences.expire", {{"id", id.substr(0, 6)}}).value();
    BOOST_TEST(over["state"] == "expired");
    BOOST_TEST(told == 3u);
    listed = ask("silences.list").value();
    BOOST_REQUIRE(listed.size() == 1u);
    BOOST_TEST(listed[0]["state"] == "pending");
    BOOST_TEST(ask("silences.list", {{"all", true}}).value().size() == 2u);
    BOOST_TEST((ask("silences.expire", {{"id", id}}).error().code == ErrorCode::conflict));
    BOOST_TEST((ask("silences.expire", {{"id", "zz"}}).error().code == ErrorCode::not_found));
    clock.advance(2h);
    BOOST_TEST(ask("silences.list").value().empty());
}

BOOST_AUTO_TEST_CASE(what_makes_no_sense_is_refused_with_words) {
    const std::vector<std::pair<Json, std::string>> wishes{{{{"matchers", Json::array()}}, "matchers"},
                                                           {{{"matchers", {"instance"}}}, "is no matcher"},
                                                           {{{"matchers", {"a!=b"}}}, "at least one"},
                                                           {{{"matchers", {1}}}, "list of texts"},
                                                           {{{"matchers", {"a=~\"(\""}}}, "regular"},
                                                           {{{"for", "0s"}}, "must end after it starts"},
                                                           {{{"for", "soon"}}, "--for"},
                                                           {{{"comment", ""}}, "comment"},
                                                           {{{"starts_at", "tomorrow"}}, "--starts-at"},
                                                           {{{"starts_at", "2001-01-01T00:00:00Z"}}, "in the future"}};
    for (const auto& [wish, word] : wishes) {
        const auto error = refused(wish);
        BOOST_TEST((error.code == ErrorCode::malformed), wish.dump());
        BOOST_TEST(error.message.find(word) != std::string::npos, error.message);
    }
    BOOST_TEST(told == 0u);
    BOOST_TEST(rows(Family::silences) == 0u);
}

BOOST_AUTO_TEST_CASE(a_preview_refuses_what_no_silence_may_be) {
    for (const auto* text : {"a!=b", "alertname=~\".*\""}) {
        const auto preview = ask("silences.preview", {{"matchers", {text}}});
        BOOST_REQUIRE(!preview.has_value());
        BOOST_TEST(preview.error().message == refused({{"matchers", {text}}}).message);
    }
}

BOOST_AUTO_TEST_CASE(a_damaged_one_is_erased_when_it_is_expired) {
    const auto id = made(Json::object())["id"].get<std::string>();
    StoreBatch batch;
    batch.put(Family::silences, routing::silence_key("00000000000000bb"), "damaged");
    BOOST_REQUIRE(memory.commit(batch).has_value());
    BOOST_TEST(ask("silences.list").value().size() == 1u);
    BOOST_TEST(ask("silences.expire", {{"id", "00000000000000bb"}}).value()["state"] == "erased");
    BOOST_TEST(rows(Family::silences) == 1u);
    BOOST_TEST(ask("silences.list").value()[0]["id"] == id);
}

BOOST_AUTO_TEST_CASE(viewers_look_and_make_none) {
    const auto viewer = geteuid() + 4711;
    BOOST_TEST((refused(Json::object(), viewer).code == ErrorCode::denied));
    BOOST_TEST(ask("silences.list", Json::object(), viewer).has_value());
    const auto preview =
        ask("silences.preview", {{"matchers", {"alertname=LoadHigh", "instance=~\"db.*\""}}}, viewer).value();
    BOOST_REQUIRE(preview.size() == 1u);
    BOOST_TEST(preview[0]["host"] == "db-1");
    BOOST_TEST((ask("silences.expire", {{"id", "a"}}, viewer).error().code == ErrorCode::denied));
}

BOOST_AUTO_TEST_CASE(labels_of_the_controller_itself_count_as_they_do_when_an_alert_is_told) {
    routing.external_labels = {{"site", "paris"}};
    const Json wish{{"matchers", Json::array({"site=paris"})}};
    BOOST_TEST(ask("silences.preview", wish).value().size() == 2u);
    const auto one = made(wish);
    BOOST_TEST(one["alerts"].size() == 2u);
    BOOST_TEST(ask("silences.show", {{"id", one["id"]}}).value()["alerts"].size() == 2u);
    const auto routed = ask("alerts.routes.test", {{"labels", {{"alertname", "Other"}}}}).value();
    BOOST_TEST(routed[0]["now"].get<std::string>().starts_with("silenced by "));
    BOOST_TEST(routed[0]["group"]["site"] == "paris");
}

BOOST_AUTO_TEST_CASE(a_full_disk_keeps_no_silence_and_says_so) {
    memory.fail_commits_with = disk_full;
    BOOST_TEST((refused(Json::object()).code == ErrorCode::no_space));
    BOOST_TEST(told == 0u);
    memory.fail_commits_with.reset();
}

BOOST_AUTO_TEST_CASE(routes_are_shown_as_a_tree) {
    const auto shown = ask("alerts.routes.show").value();
    BOOST_REQUIRE(shown.size() == 4u);
    BOOST_TEST(shown[0]["receiver"] == "on-call");
    BOOST_TEST(shown[1]["receiver"] == "team");
    BOOST_TEST(shown[1]["group_by"] == "alertname");
    BOOST_TEST(shown[2]["depth"] == 1);
    BOOST_TEST(shown[2]["mute"] == "always");
    BOOST_TEST(shown[3]["route"] == "{instance=~\"db.*\"}");
    BOOST_TEST(shown[3]["group_by"] == "...");
    BOOST_TEST(shown[3]["continue"] == true);
}

BOOST_AUTO_TEST_CASE(a_test_of_routes_tells_who_would_be_told_now_and_what_keeps_it_back) {
    const auto where = [this](const Json& labels) { return ask("alerts.routes.test", {{"labels", labels}}).value(); };
    auto routed = where({{"alertname", "Other"}, {"instance", "db-7"}});
    BOOST_REQUIRE(routed.size() == 2u);
    BOOST_TEST(routed[0]["receiver"] == "on-call");
    BOOST_TEST(routed[1]["receiver"] == "db");
    BOOST_TEST(routed[1]["route"] == "{}/{instance=~\"db.*\"}");
    BOOST_TEST(routed[1]["now"] == "told");
    BOOST_TEST(where({{"night", "yes"}})[1]["now"] == "muted by a time interval");
    BOOST_TEST(where({{"alertname", "Slow"}, {"instance", "db-1"}})[1]["now"] == "inhibited by an alert that fires");
    BOOST_TEST(where({{"alertname", "Slow"}, {"instance", "db-2"}})[1]["now"] == "told");
    BOOST_TEST(where({{"alertname", "Patched"}})[1]["now"] == "held by maintenance window 'always'");
    const auto id = made(Json::object())["id"].get<std::string>();
    BOOST_TEST(where({{"instance", "web-1"}})[0]["now"].get<std::string>().starts_with("silenced by " + id));
    BOOST_TEST((ask("alerts.routes.test").error().code == ErrorCode::malformed));
    const auto refused_for = [this](const Json& labels) {
        return ask("alerts.routes.test", {{"labels", labels}}).error().message;
    };
    BOOST_TEST(refused_for({{"alertname", "~Disk.*"}}).find("'alertname=~Disk.*' is a matcher: give labels") !=
               std::string::npos);
    BOOST_TEST(refused_for({{"team!", "db"}}).find("'team!=db' is a matcher") != std::string::npos);
    BOOST_TEST(refused_for({{"alertname", "\"Disk\""}}).find("is a matcher") != std::string::npos);
    BOOST_TEST(refused_for({{"a-b", "c"}}).find("'a-b' is no name of a label") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::controller
