#include "controller/app/answers_oncall.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/notify/attempt.hpp"
#include "controller/routing/silence.hpp"
#include "tests/unit/controller/app/world.hpp"

namespace vigie::controller {
namespace {

// The clock starts on Friday 2027-01-15T08:00:00Z: a layer that starts on the Monday before is in its first turn.
constexpr std::string_view people = R"(people:
- {name: anna, receiver: anna-phone}
- {name: ben, receiver: ben-phone}
rotas:
- name: primary
  time_zone: Europe/Berlin
  layers: [{people: [anna, ben], handover: weekly monday 09:00, starts: 2027-01-11}]
- name: later
  time_zone: UTC
  layers: [{people: [ben], handover: daily 00:00, starts: 2027-01-20}]
escalations:
- name: loads
  matchers: [alertname=LoadHigh]
  steps: [{notify: [rota:primary]}, {after: 10m, notify: [person:ben]}]
)";

// A store of which what receivers were told can't be read.
class CallsUnread final : public StateStore {
  public:
    explicit CallsUnread(const StateStore& inner) : inner_(inner) {}
    Result<void> commit(const StoreBatch&) override { return fail(ErrorCode::unsupported, "only read"); }
    Result<std::optional<std::string>> get(Family family, std::string_view key) const override {
        return inner_.get(family, key);
    }
    Result<void> scan(Family family, std::string_view from, std::string_view to,
                      const std::function<bool(std::string_view, std::string_view)>& visit) const override {
        return family == Family::outbox ? fail(ErrorCode::io, "store: the disk is bad")
                                        : inner_.scan(family, from, to, visit);
    }
    Result<void> scan_back(Family family, std::string_view from, std::string_view to,
                           const std::function<bool(std::string_view, std::string_view)>& visit) const override {
        return inner_.scan_back(family, from, to, visit);
    }

  private:
    const StateStore& inner_;
};

struct OnCallWorld : World {
    OnCallWorld() : World(nullptr, load_rule, people) {
        for (const auto* name : {"anna-phone", "ben-phone"}) {
            notified.targets.push_back(
                {.name = name, .address = {}, .failures = 0, .last_problem = {}, .receiver = name});
        }
    }
    Sources reading(const StateStore& store) {
        return {.loop = *loop,
                .clock = clock,
                .random = random,
                .store = store,
                .commits = commits,
                .records = *records,
                .watch = *watch,
                .after = *this,
                .notifier_status = sources->notifier_status,
                .is_store_full = sources->is_store_full,
                .state_folder_problem = sources->state_folder_problem,
                .handshakes = sources->handshakes,
                .recovery_notes = {},
                .plans = {},
                .schedules = {},
                .endpoint = {},
                .enrol_endpoint = {},
                .operators_endpoint = {},
                .http_endpoint = {},
                .operators_cut = sources->operators_cut,
                .public_key = {},
                .started_at = sources->started_at};
    }
    // What the notifier leaves of a first call that was taken, or refused.
    void answer_call(const std::string& channel, bool is_taken) {
        const auto alert = alerts::list_alerts(memory).value().at(0);
        auto call = alerts::page_of(alert, false, {});
        call.call = 1;
        const notify::ToldKey key{channel, alert.id + " {}"};
        notify::Attempt attempt;
        attempt.to = key;
        attempt.at = clock.wall();
        attempt.outcome = is_taken ? notify::AttemptOutcome::taken : notify::AttemptOutcome::refused;
        attempt.status = is_taken ? 200 : 401;
        attempt.problem = is_taken ? "" : "answered HTTP 401";
        attempt.alerts = {{alert.id, alert.state.fired_at, false}};
        StoreBatch batch;
        batch.put(Family::outbox, notify::attempt_key(attempt), encode(attempt));
        if (is_taken) {
            batch.put(Family::outbox, notify::told_key(key),
                      encode(notify::Told{clock.wall(), {notify::episode_of(call)}, {}, 1}));
        }
        BOOST_REQUIRE(memory.commit(batch).has_value());
    }

    void load(double value, const std::string& host = "web-1") {
        report(AgentId{host}, ++sequence, "node_load1", {value});
    }
    std::string only_alert() { return ask("alerts.list", {{"state", "all"}}).value()[0]["id"].get<std::string>(); }
    // The receivers of rows with one, and whether they tell of an end.
    std::vector<std::string> calls() const {
        std::vector<std::string> all;
        BOOST_REQUIRE(memory.scan(Family::outbox, "q", "r", [&](auto, std::string_view row) {
            const auto one = alerts::decode_notification(row).value();
            if (one.call > 0) {
                all.push_back((one.is_resolved ? "-" : "") + one.receiver);
            }
            return true;
        }));
        return all;
    }
    Json added(Json arguments) {
        Json all{{"rota", "primary"}, {"person", "ben"}, {"for", "8h"}};
        all.update(arguments);
        if (all["for"].is_null()) {
            all.erase("for");
        }
        return ask("oncall.override.add", all).value();
    }
    Error refused(const Json& arguments, unsigned uid = 0) {
        Json all{{"rota", "primary"}, {"person", "ben"}, {"for", "8h"}};
        all.update(arguments);
        const auto answer = ask("oncall.override.add", all, uid);
        BOOST_REQUIRE_MESSAGE(!answer.has_value(), arguments.dump());
        return answer.error();
    }
    uint64_t sequence = 0;
};

using Texts = std::vector<std::string>;
#define SAME(a, ...) BOOST_TEST((a) == (Texts{__VA_ARGS__}), boost::test_tools::per_element())

}  // namespace

BOOST_FIXTURE_TEST_SUITE(answers_oncall, OnCallWorld)

BOOST_AUTO_TEST_CASE(who_is_on_call_and_until_when) {
    const auto all = ask("oncall.who").value();
    BOOST_REQUIRE(all.size() == 2u);
    BOOST_TEST(all[0]["rota"] == "primary");
    BOOST_TEST(all[0]["person"] == "anna");
    BOOST_TEST(all[0]["receiver"] == "anna-phone");
    BOOST_TEST(all[0]["until"] == "2027-01-18T08:00:00.000Z");  // 09:00 in Berlin in winter
    BOOST_TEST(all[0]["layer"] == "layer 1");
    BOOST_TEST(all[1]["person"].is_null());
    BOOST_TEST(all[1]["until"] == "2027-01-20T00:00:00.000Z");
    const auto then = ask("oncall.who", {{"rota", "primary"}, {"at", "2027-01-18T08:00:00Z"}}).value();
    BOOST_REQUIRE(then.size() == 1u);
    BOOST_TEST(then[0]["person"] == "ben");
    BOOST_TEST(ask("oncall.who", {{"rota", "primry"}}).error().message ==
               "there is no rota 'primry', did you mean 'primary'?");
    BOOST_TEST(ask("oncall.who", {{"at", "monday"}}).error().message.starts_with("--at: "));
}

BOOST_AUTO_TEST_CASE(a_schedule_lists_turns_in_their_order) {
    const auto turns = ask("oncall.schedule", {{"rota", "primary"}, {"days", 10}, {"since_ms", 3'600'000}}).value();
    BOOST_REQUIRE(turns.size() == 2u);
    BOOST_TEST(turns[0]["from"] == "2027-01-15T07:00:00.000Z");
    BOOST_TEST(turns[0]["until"] == "2027-01-18T08:00:00.000Z");
    BOOST_TEST(turns[1]["person"] == "ben");
    BOOST_TEST(turns[1]["until"] == "2027-01-25T08:00:00.000Z");
    BOOST_TEST((ask("oncall.schedule", {{"rota", "primary"}, {"days", 0}}).error().code == ErrorCode::malformed));
    BOOST_TEST((ask("oncall.schedule").error().code == ErrorCode::malformed));
}

BOOST_AUTO_TEST_CASE(an_override_is_stored_with_its_author_and_listed_until_it_is_over) {
    const auto one = added({{"comment", "swap"}});
    BOOST_TEST(one["author"] == "uid 0");
    BOOST_TEST(one["state"] == "active");
    BOOST_TEST(ask("oncall.who").value()[0]["person"] == "ben");
    BOOST_TEST(ask("oncall.who").value()[0]["override"] == one["id"]);
    BOOST_TEST(ask("oncall.who").value()[0]["until"] == "2027-01-15T16:00:00.000Z");
    added({{"from", "2027-01-16T08:00:00Z"}, {"for", nullptr}, {"until", "2027-01-16T09:00:00Z"}});
    const auto listed = ask("oncall.override.list").value();
    BOOST_REQUIRE(listed.size() == 2u);
    BOOST_TEST(listed[1]["state"] == "pending");
    BOOST_TEST(ask("audit.list").value().dump().find("oncall.override.add") != std::string::npos);
    clock.advance(8h);
    BOOST_TEST(ask("oncall.who").value()[0]["person"] == "anna");
    BOOST_TEST(ask("oncall.override.list").value().size() == 1u);
    BOOST_TEST(ask("oncall.override.list", {{"all", true}}).value().size() == 2u);
}

BOOST_AUTO_TEST_CASE(an_override_ends_when_it_is_removed_and_is_gone_when_it_had_not_begun) {
    const auto now = added(Json::object())["id"].get<std::string>();
    const auto then = added({{"from", "2027-01-16T08:00:00Z"}})["id"].get<std::string>();
    clock.advance(1h);
    BOOST_TEST(ask("oncall.override.remove", {{"id", now.substr(0, 8)}}).value()["state"] == "expired");
    BOOST_TEST(ask("oncall.who").value()[0]["person"] == "anna");
    BOOST_TEST(ask("oncall.override.remove", {{"id", then}}).has_value());
    const auto left = ask("oncall.override.list", {{"all", true}}).value();
    BOOST_REQUIRE(left.size() == 1u);
    BOOST_TEST(left[0]["until"] == "2027-01-15T09:00:00.000Z");  // who was on call before stays told
    BOOST_TEST((ask("oncall.override.remove", {{"id", now}}).error().code == ErrorCode::conflict));
    BOOST_TEST((ask("oncall.override.remove", {{"id", "zz"}}).error().code == ErrorCode::not_found));
}

BOOST_AUTO_TEST_CASE(an_override_that_makes_no_sense_is_refused_with_words) {
    const std::vector<std::pair<Json, std::string>> wishes{
        {{{"rota", "primry"}}, "did you mean 'primary'?"},
        {{{"person", "bn"}}, "there is no person 'bn', did you mean 'ben'?"},
        {{{"for", "0s"}}, "must end after it begins"},
        {{{"for", "soon"}}, "--for"},
        {{{"for", "2y"}}, "at most"},
        {{{"until", "2027-01-16T09:00:00Z"}}, "either --until or --for"},
        {{{"from", "2026-01-01T00:00:00Z"}}, "in the future"},
        {{{"from", "monday"}}, "--from"}};
    for (const auto& [wish, word] : wishes) {
        const auto error = refused(wish);
        BOOST_TEST(error.message.find(word) != std::string::npos, error.message);
    }
    BOOST_TEST((refused(Json::object(), geteuid() + 4711).code == ErrorCode::denied));
    memory.fail_commits_with = disk_full;
    BOOST_TEST((refused(Json::object()).code == ErrorCode::no_space));
    memory.fail_commits_with.reset();
    BOOST_TEST(rows(Family::silences) == 0u);
}

BOOST_AUTO_TEST_CASE(an_alert_is_called_for_by_ticks_and_shows_how_far_it_is) {
    connect(AgentId{"web-1"});
    load(100);
    BOOST_TEST(rows(Family::silences) == 1u);  // in the batch of the sample
    const auto before = wakes;
    tick_after(1s);
    SAME(calls(), "anna-phone");
    BOOST_TEST(wakes == before + 1);
    auto shown = ask("alerts.show", {{"id", only_alert()}}).value();
    BOOST_TEST(shown["escalation"] == "loads");
    BOOST_TEST(shown["called"].empty());  // it is owed, and nobody knows yet
    BOOST_REQUIRE(shown["calls_not_taken"].size() == 1u);
    BOOST_TEST(shown["calls_not_taken"][0]["outcome"] == "waiting");
    answer_call("anna-phone", true);
    shown = ask("alerts.show", {{"id", only_alert()}}).value();
    BOOST_TEST(shown["called"] == Json({"anna-phone"}));
    BOOST_TEST(shown["calls_not_taken"].empty());
    BOOST_TEST(shown["next_call_at"] == to_rfc3339(clock.wall() - 1s + 10min));
    BOOST_TEST(shown["acknowledged_by"].is_null());
    clock.advance(10min - 1s);
    tick_after(0s);
    SAME(calls(), "anna-phone", "ben-phone");
    BOOST_TEST(ask("alerts.list").value()[0]["next_call_at"].is_null());
    load(0);
    SAME(calls(), "anna-phone", "ben-phone", "-anna-phone", "-ben-phone");
    BOOST_TEST(rows(Family::silences) == 0u);
}

BOOST_AUTO_TEST_CASE(who_refused_a_call_is_named_and_not_among_those_who_were_called) {
    connect(AgentId{"web-1"});
    load(100);
    tick_after(1s);
    clock.advance(10min);
    tick_after(0s);
    answer_call("anna-phone", false);
    answer_call("ben-phone", true);
    for (const auto& row : {ask("alerts.list").value()[0], ask("alerts.show", {{"id", only_alert()}}).value()}) {
        BOOST_TEST(row["called"] == Json({"ben-phone"}));
        BOOST_REQUIRE(row["calls_not_taken"].size() == 1u);
        const auto& refused = row["calls_not_taken"][0];
        BOOST_TEST(refused["receiver"] == "anna-phone");
        BOOST_TEST(refused["outcome"] == "refused");
        BOOST_TEST(refused["problem"] == "answered HTTP 401");
        BOOST_TEST(refused["at"] == to_rfc3339(clock.wall()));
    }
    notified.targets.clear();
    BOOST_TEST(ask("alerts.list").value()[0]["calls_not_taken"][0]["outcome"] == "not configured");
}

BOOST_AUTO_TEST_CASE(an_acknowledgement_that_is_stored_is_answered_as_such) {
    connect(AgentId{"web-1"});
    load(100);
    tick_after(1s);
    const CallsUnread unread(memory);
    const auto broken = reading(unread);
    Desk other(RoleBook::open("").value(), witness);
    add_oncall_answers(other, broken, *routing_of_all, queries);
    const auto before = wakes;
    std::string answer;
    other.take(PeerCredentials{.pid = 1, .uid = 0, .gid = 0},
               Json{{"verb", "alerts.ack"}, {"arguments", {{"id", only_alert()}}}}.dump(),
               [&answer](std::string line) { answer = std::move(line); });
    settle();
    const auto row = decode_answer(answer);
    BOOST_REQUIRE_MESSAGE(row.has_value(), answer);
    BOOST_TEST((*row)["acknowledged_by"] == "uid 0");
    BOOST_TEST((*row)["escalation"] == "loads");
    BOOST_TEST((*row)["called"].empty());
    BOOST_TEST(wakes == before + 1);  // calls that wait are held back
    BOOST_TEST(ask("alerts.list").value()[0]["acknowledged_by"] == "uid 0");
}

BOOST_AUTO_TEST_CASE(a_step_that_reaches_nobody_tells_whether_another_follows) {
    World world(nullptr, load_rule, R"(people:
- {name: anna, receiver: anna-phone}
rotas:
- name: later
  time_zone: UTC
  layers: [{people: [anna], handover: daily 00:00, starts: 2027-01-20}]
escalations:
- name: loads
  matchers: [alertname=LoadHigh]
  steps: [{notify: [rota:later]}, {after: 10m, notify: [person:anna]}, {after: 20m, notify: [rota:later]}]
)");
    add_route_answers(world.desk, *world.sources, *world.routing_of_all);
    const auto rows = world.ask("alerts.routes.test", {{"labels", {{"alertname", "LoadHigh"}}}}).value();
    BOOST_REQUIRE(rows.size() == 3u);
    BOOST_TEST(rows[0]["now"] == "nobody is on call in rota 'later': the next step is taken at once");
    BOOST_TEST(rows[1]["now"] == "told");
    BOOST_TEST(rows[2]["now"] == "nobody is on call in rota 'later': it waits until somebody is");
}

BOOST_AUTO_TEST_CASE(what_people_said_stands_in_the_history_of_the_alert) {
    connect(AgentId{"web-1"});
    load(100);
    tick_after(1s);
    const auto id = only_alert();
    BOOST_REQUIRE(ask("alerts.ack", {{"id", id}, {"comment", "mine"}}).has_value());
    clock.advance(1min);
    BOOST_REQUIRE(ask("alerts.unack", {{"id", id}}).has_value());
    BOOST_REQUIRE(ask("alerts.snooze", {{"id", id}, {"for", "1h"}}).has_value());
    const auto shown = ask("alerts.show", {{"id", id}}).value();
    std::vector<std::string> causes;
    for (const auto& row : shown["history"]) {
        causes.push_back(row["cause"].get<std::string>());
    }
    SAME(causes, "sample", "acknowledged by uid 0: mine", "given back by uid 0",
         "snoozed until " + to_rfc3339(clock.wall() + 1h) + " by uid 0");
    BOOST_TEST(shown["history"][1]["from"] == "firing");
    BOOST_TEST(shown["history"][1]["to"] == "firing");
    BOOST_TEST(shown["history"][1]["at"] == to_rfc3339(clock.wall() - 1min));
    BOOST_TEST((ask("alerts.snooze", {{"id", "zz"}, {"for", "1h"}}).error().code == ErrorCode::not_found));
    load(0);
    BOOST_TEST(ask("alerts.show", {{"id", id}}).value()["state"] == "resolved");
}

BOOST_AUTO_TEST_CASE(an_alert_that_is_held_back_says_so_in_the_list) {
    connect(AgentId{"web-1"});
    load(100);
    BOOST_TEST(ask("alerts.list").value()[0]["held"].is_null());
    routing::Silence silence;
    silence.id = "00000000000000aa";
    silence.matchers = routing::parse_matchers("alertname=LoadHigh").value();
    silence.starts_at = clock.wall();
    silence.ends_at = clock.wall() + 1h;
    StoreBatch batch;
    batch.put(Family::silences, routing::silence_key(silence.id), encode(silence));
    batch.put(Family::silences, routing::silence_key("00000000000000bb"), "damaged");
    BOOST_REQUIRE(memory.commit(batch).has_value());
    routes_of_all = routing::parse_routing_file(
                        "route: {receiver: t}\nreceivers: [{name: t}]\ninhibit_rules: "
                        "[{source_match: {instance: web-2}, target_match: {instance: web-1}}]\n",
                        "a.yml")
                        .value();
    connect(AgentId{"web-2"});
    report(AgentId{"web-2"}, 1, "node_load1", {100});
    const auto rows = ask("alerts.list").value();
    BOOST_REQUIRE(rows.size() == 2u);
    for (const auto& row : rows) {
        const bool is_first = row["host"] == "web-1";
        BOOST_TEST(row["held"] == (is_first ? "silence,inhibition" : "silence"));
        BOOST_TEST(row["held_why"].size() == (is_first ? 2u : 1u));
        BOOST_TEST(row["held_why"][0] == "silenced by 00000000000000aa until " + to_rfc3339(silence.ends_at));
    }
    BOOST_TEST(ask("alerts.show", {{"id", rows[0]["id"]}}).value()["held"] == rows[0]["held"]);
    clock.advance(2h);
    BOOST_TEST(ask("alerts.list", {{"labels", Json::object()}}).value()[0]["held_why"].size() <= 1u);
}

BOOST_AUTO_TEST_CASE(doctor_tells_of_rotas_with_nobody_and_of_damaged_rows) {
    const auto finding = [this](std::string_view check) {
        const auto findings = ask("doctor").value();
        for (const auto& found : findings) {
            if (found["check"] == check) {
                return found;
            }
        }
        return Json();
    };
    BOOST_TEST(finding("rotas")["state"] == "ok");  // no escalation asks `later`
    BOOST_TEST(finding("rows")["state"] == "ok");
    StoreBatch batch;
    batch.put(Family::silences, routing::silence_key("00000000000000bb"), "damaged");
    batch.put(Family::silences, oncall::override_key("00000000000000cc"), "damaged");
    BOOST_REQUIRE(memory.commit(batch).has_value());
    const auto told = finding("rows")["detail"].get<std::string>();
    BOOST_TEST(told.find("silence '00000000000000bb': ") == 0u);
    BOOST_TEST(told.find("override '00000000000000cc': ") != std::string::npos);
    BOOST_TEST(finding("rows")["advice"].get<std::string>().find("of an escalation: it is made anew or erased") !=
               std::string::npos);
    BOOST_TEST(ask("oncall.who").value()[0]["person"] == "anna");
    BOOST_REQUIRE(ask("oncall.override.remove", {{"id", "00000000000000cc"}}).value()["state"] == "erased");
    BOOST_TEST(finding("rows")["detail"].get<std::string>().find("override") == std::string::npos);
    clock.advance(-std::chrono::hours{24 * 14});  // before the first turn
    BOOST_TEST(finding("rotas")["state"] == "warning");
    BOOST_TEST(finding("rotas")["detail"] == "nobody is on call now in primary");
}

BOOST_AUTO_TEST_CASE(an_acknowledgement_is_audited_shown_and_stops_the_calls) {
    connect(AgentId{"web-1"});
    load(100);
    tick_after(1s);
    const auto id = only_alert();
    const auto before = wakes;
    const auto answer = ask("alerts.ack", {{"id", id.substr(0, 8)}, {"comment", "mine"}}).value();
    BOOST_TEST(wakes == before + 1);  // calls that wait are held back
    BOOST_TEST(answer["id"] == id);
    BOOST_TEST(answer["acknowledged_by"] == "uid 0");
    const auto listed = ask("alerts.list").value()[0];
    BOOST_TEST(listed["acknowledged_by"] == "uid 0");
    BOOST_TEST(listed["acknowledged_at"] == to_rfc3339(clock.wall()));
    BOOST_TEST(listed["acknowledged_comment"] == "mine");
    BOOST_TEST(listed["snoozed_until"].is_null());
    BOOST_TEST(listed["next_call_at"].is_null());
    tick_after(1h);
    SAME(calls(), "anna-phone");
    const auto noted = ask("audit.list").value()[0];
    BOOST_TEST(noted["verb"] == "alerts.ack");
    BOOST_TEST(noted["outcome"] == "ok");
    BOOST_TEST((ask("alerts.ack", {{"id", id}}).error().code == ErrorCode::conflict));
    BOOST_TEST(ask("alerts.unack", {{"id", id}}).value()["acknowledged_by"].is_null());
    BOOST_TEST((ask("alerts.unack", {{"id", id}}).error().code == ErrorCode::conflict));
    tick_after(0s);
    SAME(calls(), "anna-phone", "anna-phone");
    BOOST_TEST(ask("alerts.snooze", {{"id", id}, {"for", "1h"}}).value()["snoozed_until"] ==
               to_rfc3339(clock.wall() + 1h));
    tick_after(1h);
    SAME(calls(), "anna-phone", "anna-phone", "anna-phone");
}

// It resolves, and the acknowledgement comes a second later.
BOOST_AUTO_TEST_CASE(an_acknowledgement_after_the_end_says_so_and_changes_nothing) {
    connect(AgentId{"web-1"});
    load(100);
    tick_after(1s);
    load(0);
    const auto over = ask("alerts.list", {{"state", "all"}}).value()[0];
    clock.advance(1s);
    for (const auto* verb : {"alerts.ack", "alerts.unack", "alerts.snooze"}) {
        auto arguments = Json{{"id", over["id"]}};
        if (std::string_view(verb) == "alerts.snooze") {
            arguments["for"] = "1h";
        }
        const auto late = ask(verb, arguments);
        BOOST_TEST((late.error().code == ErrorCode::conflict));
        BOOST_TEST(late.error().message.find("is resolved since") != std::string::npos, late.error().message);
    }
    BOOST_TEST(ask("alerts.list", {{"state", "all"}}).value()[0] == over);
    tick_after(1h);
    SAME(calls(), "anna-phone", "-anna-phone");
    BOOST_TEST(rows(Family::silences) == 0u);
}

BOOST_AUTO_TEST_CASE(an_alert_without_data_is_closed_by_hand_and_fires_anew_when_samples_come) {
    connect(AgentId{"web-1"});
    load(100);
    tick_after(1s);
    const auto id = only_alert();
    const Json closing{{"id", id}, {"comment", "db moved"}};
    const auto firing = ask("alerts.close", closing);
    BOOST_TEST((firing.error().code == ErrorCode::conflict));
    BOOST_TEST(firing.error().message.find("`alerts ack`") != std::string::npos, firing.error().message);
    clock.advance(10s);
    report(AgentId{"web-1"}, ++sequence, "other", {1});
    BOOST_REQUIRE(ask("alerts.show", {{"id", id}}).value()["state"] == "no_data");
    BOOST_TEST((ask("alerts.close", {{"id", id}}).error().code == ErrorCode::malformed));
    BOOST_TEST((ask("alerts.close", closing, geteuid() + 4711).error().code == ErrorCode::denied));
    memory.fail_commits_with = disk_full;
    BOOST_TEST((ask("alerts.close", closing).error().code == ErrorCode::no_space));
    memory.fail_commits_with.reset();
    BOOST_REQUIRE(ask("alerts.show", {{"id", id}}).value()["state"] == "no_data");
    BOOST_TEST(ask("alerts.close", closing).value()["alertname"] == "LoadHigh");
    const auto shown = ask("alerts.show", {{"id", id}}).value();
    BOOST_TEST(shown["state"] == "resolved");
    BOOST_TEST(shown["history"].back()["cause"] == "closed by uid 0: db moved");
    BOOST_TEST(ask("audit.list").value()[0]["verb"] == "alerts.close");
    SAME(calls(), "anna-phone", "-anna-phone");
    BOOST_TEST((ask("alerts.close", closing).error().code == ErrorCode::conflict));
    clock.advance(10s);
    report(AgentId{"web-1"}, ++sequence, "other", {1});
    BOOST_TEST(ask("alerts.show", {{"id", id}}).value()["state"] == "resolved");
    clock.advance(10s);
    load(100);
    tick_after(1s);
    BOOST_TEST(ask("alerts.show", {{"id", id}}).value()["state"] == "firing");
    SAME(calls(), "anna-phone", "-anna-phone", "anna-phone");
}

BOOST_AUTO_TEST_CASE(who_may_not_or_asks_for_nonsense_is_refused) {
    connect(AgentId{"web-1"});
    load(100);
    const auto id = only_alert();
    const auto viewer = geteuid() + 4711;
    for (const auto* verb : {"alerts.ack", "alerts.unack", "alerts.snooze"}) {
        BOOST_TEST((ask(verb, {{"id", id}}, viewer).error().code == ErrorCode::denied));
    }
    BOOST_TEST((ask("alerts.ack", {{"id", "zz"}}).error().code == ErrorCode::not_found));
    for (const auto* span : {"soon", "0s", "400d", ""}) {
        BOOST_TEST((ask("alerts.snooze", {{"id", id}, {"for", span}}).error().code == ErrorCode::malformed), span);
    }
    memory.fail_commits_with = disk_full;
    BOOST_TEST((ask("alerts.ack", {{"id", id}}).error().code == ErrorCode::no_space));
    memory.fail_commits_with.reset();
    BOOST_TEST(ask("alerts.list").value()[0]["acknowledged_by"].is_null());
    BOOST_TEST(ask("alerts.ack", {{"id", id}}).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::controller
