#include <boost/test/unit_test.hpp>

#include "controller/app/answers_tickets.hpp"
#include "controller/app/ticket_follower.hpp"
#include "controller/audit/verify.hpp"
#include "tests/unit/controller/app/world.hpp"

namespace vigie::controller {
namespace {

tickets::Options options() {
    tickets::Options options;
    options.alerts.push_back(routing::parse_matchers("alertname=LoadHigh").value());
    options.priorities.front().respond = 1h;  // low
    options.levels = {{0ms, "lead"}};
    options.support = "support";
    return options;
}

// The world with tickets: what changes alerts or tickets goes through the follower.
struct TicketWorld : World {
    size_t wakes_for_notices = 0;
    TicketFollower follower{commits, reads, clock, options(), [this] { ++wakes_for_notices; }};
    Sources ticket_sources{.loop = *loop,
                           .clock = clock,
                           .random = random,
                           .store = memory,
                           .commits = follower,
                           .records = *records,
                           .watch = *watch,
                           .after = *this,
                           .notifier_status = {},
                           .is_store_full = {},
                           .state_folder_problem = {},
                           .handshakes = {},
                           .recovery_notes = {},
                           .plans = {},
                           .schedules = {},
                           .endpoint = {},
                           .enrol_endpoint = {},
                           .operators_endpoint = {},
                           .http_endpoint = {},
                           .operators_cut = {},
                           .public_key = {},
                           .started_at = clock.wall()};

    explicit TicketWorld(const StateStore* through = nullptr) : World(through) {
        path = std::make_unique<SamplePath>(*records, follower, *this);
        add_ticket_answers(desk, ticket_sources, follower.book());
    }
    void tick_after(milliseconds time) {
        clock.advance(time);
        follower.tick();
        settle();
    }
};

struct Tickets : TicketWorld {
    Json made(const Json& arguments = Json::object()) {
        auto all = Json{{"title", "disk full"}};
        all.update(arguments);
        return ask("tickets.create", all).value();
    }
    Json shown(int number) { return ask("tickets.show", {{"number", number}}).value(); }
    std::vector<std::string> audited() {
        std::vector<std::string> verbs;
        const auto records_of_all = newest_audit(memory, {}).value();
        for (const auto& record : records_of_all) {
            if (record.entry.verb.starts_with("tickets.")) {
                verbs.push_back(fmt::format("{} {} {}", record.entry.user, record.entry.verb, record.entry.detail));
            }
        }
        std::reverse(verbs.begin(), verbs.end());
        return verbs;
    }
    void high(const AgentId& host, uint64_t seq, double load) { report(host, seq, "node_load1", {load}); }
};

using Words = std::vector<std::string>;
using boost::test_tools::per_element;

BOOST_FIXTURE_TEST_SUITE(answers_tickets, Tickets)

BOOST_AUTO_TEST_CASE(a_ticket_is_made_changed_commented_and_closed_each_with_its_record) {
    const auto one = made({{"description", "since noon"}, {"labels", {{"team", "ops"}}}});
    BOOST_TEST(one["number"] == 1);
    BOOST_TEST(one["id"] == "1");
    BOOST_TEST(one["requester"] == "uid 0");
    BOOST_TEST(one["status"] == "new");
    BOOST_TEST(wakes_for_notices == 1u);
    const auto changed =
        ask("tickets.update", {{"number", 1}, {"version", 1}, {"assignee", "bob"}, {"status", "open"}}).value();
    BOOST_TEST(changed["version"] == 2);
    BOOST_TEST(changed["changed"].size() == 2u);
    BOOST_REQUIRE(ask("tickets.comment", {{"number", 1}, {"text", "new disk is on its way"}}).has_value());
    BOOST_REQUIRE(
        ask("tickets.update", {{"number", 1}, {"version", 3}, {"status", "closed"}, {"comment", "done"}}).has_value());
    const auto whole = shown(1);
    BOOST_TEST(whole["status"] == "closed");
    BOOST_TEST(whole["comment_list"].size() == 2u);
    BOOST_TEST(whole["comment_list"][1]["text"] == "done");
    BOOST_TEST(whole["history"].size() == 4u);
    BOOST_TEST(whole["history"][1]["what"] == "changed");
    BOOST_TEST(audited() == (Words{"uid 0 tickets.create 1", "uid 0 tickets.update 1", "uid 0 tickets.comment 1",
                                   "uid 0 tickets.update 1"}),
               per_element());
}

// glpi-project/glpi#3578
BOOST_AUTO_TEST_CASE(an_update_of_an_older_version_is_refused_and_nothing_is_overwritten) {
    made();
    BOOST_REQUIRE(ask("tickets.update", {{"number", 1}, {"version", 1}, {"assignee", "bob"}}).has_value());
    const auto refused = ask("tickets.update", {{"number", 1}, {"version", 1}, {"assignee", "carol"}});
    BOOST_REQUIRE(!refused.has_value());
    BOOST_TEST((refused.error().code == ErrorCode::conflict));
    BOOST_TEST(refused.error().message.find("is at version 2 and no more at 1") != std::string::npos);
    BOOST_TEST(refused.error().message.find("-> 'bob'") != std::string::npos);
    BOOST_TEST(shown(1)["assignee"] == "bob");
    BOOST_TEST((ask("tickets.update", {{"number", 1}, {"assignee", "x"}}).error().code == ErrorCode::malformed));
}

BOOST_AUTO_TEST_CASE(lists_have_what_is_not_resolved_and_are_narrowed_and_paged) {
    made({{"host", "web-1"}, {"labels", {{"team", "ops"}}}});
    made({{"assignee", "bob"}, {"priority", "urgent"}});
    made();
    BOOST_REQUIRE(ask("tickets.update", {{"number", 3}, {"version", 1}, {"status", "resolved"}}).has_value());
    const auto numbers = [this](const Json& arguments) {
        std::vector<int> all;
        const auto answer = ask("tickets.list", arguments).value();
        for (const auto& one : answer["tickets"]) {
            all.push_back(one["number"].get<int>());
        }
        return all;
    };
    using Numbers = std::vector<int>;
    BOOST_TEST(numbers(Json::object()) == (Numbers{2, 1}), per_element());
    BOOST_TEST(numbers({{"status", "all"}}) == (Numbers{3, 2, 1}), per_element());
    BOOST_TEST(numbers({{"status", "resolved"}}) == Numbers{3}, per_element());
    BOOST_TEST(numbers({{"host", "web-1"}}) == Numbers{1}, per_element());
    BOOST_TEST(numbers({{"assignee", "bob"}}) == Numbers{2}, per_element());
    BOOST_TEST(numbers({{"labels", {{"team", "ops"}}}}) == Numbers{1}, per_element());
    BOOST_TEST(numbers({{"priority", "urgent"}}) == Numbers{2}, per_element());
    const auto first = ask("tickets.list", {{"limit", 1}}).value();
    BOOST_TEST(first["next_before"] == 2);
    BOOST_TEST(numbers({{"limit", 1}, {"before", 2}}) == Numbers{1}, per_element());
    BOOST_TEST(ask("tickets.list").value()["next_before"].is_null());
    BOOST_TEST((ask("tickets.list", {{"status", "done"}}).error().code == ErrorCode::malformed));
    BOOST_TEST((ask("tickets.list", {{"limit", 0}}).error().code == ErrorCode::malformed));
}

BOOST_AUTO_TEST_CASE(closing_twice_says_that_it_is_so_already) {
    made();
    BOOST_TEST(!ask("tickets.update", {{"number", 1}, {"version", 1}, {"status", "closed"}}).value().contains("note"));
    const auto again = ask("tickets.update", {{"number", 1}, {"version", 2}, {"status", "closed"}}).value();
    BOOST_TEST(again["note"] == "it is so already (closed): nothing was changed");
    BOOST_TEST(again["version"] == 2);
    BOOST_TEST(
        (ask("tickets.update", {{"number", 1}, {"version", 2}, {"alert", "zz"}}).error().code == ErrorCode::not_found));
}

BOOST_AUTO_TEST_CASE(what_makes_no_sense_is_refused_with_words) {
    made();
    const std::vector<std::tuple<std::string, Json, std::string>> wishes{
        {"tickets.create", Json::object(), "title"},
        {"tickets.create", {{"title", "a"}, {"priority", "hihg"}}, "did you mean 'high'"},
        {"tickets.create", {{"title", "a"}, {"alert", "zz"}}, "no alert 'zz'"},
        {"tickets.create", {{"title", "a"}, {"run", "zz"}}, "no run 'zz'"},
        {"tickets.create", {{"title", "a"}, {"labels", {{"x", 1}}}}, "must be text"},
        {"tickets.update", {{"number", 1}, {"version", 1}, {"status", "done"}}, "status 'done'"},
        {"tickets.update", {{"number", 1}, {"version", 1}}, "nothing was changed"},
        {"tickets.update", {{"number", 7}, {"version", 1}, {"status", "open"}}, "no ticket 7"},
        {"tickets.comment", {{"number", 1}, {"text", " "}}, "must not be empty"},
        {"tickets.show", {{"number", 7}}, "no ticket 7"},
        {"tickets.show", {{"number", 0}}, "from 1 on"}};
    for (const auto& [verb, wish, word] : wishes) {
        const auto answer = ask(verb, wish);
        BOOST_REQUIRE(!answer.has_value());
        BOOST_TEST(answer.error().message.find(word) != std::string::npos, answer.error().message);
    }
    BOOST_TEST(shown(1)["version"] == 1);
}

// zammad/zammad#1131
BOOST_AUTO_TEST_CASE(a_bounce_or_an_automatic_answer_makes_no_ticket_and_no_answer) {
    for (const auto& [name, value] : {std::pair("Auto-Submitted", "auto-replied"), std::pair("Return-Path", "<>")}) {
        const auto answer = ask("tickets.create", {{"title", "Undelivered"}, {"headers", {{name, value}}}}).value();
        BOOST_TEST(answer.contains("ignored"), answer.dump());
    }
    BOOST_TEST(rows(Family::tickets) == 0u);
    BOOST_TEST(rows(Family::outbox) == 0u);
    made({{"headers", {{"Auto-Submitted", "no"}, {"Return-Path", "<anna@example.org>"}}}});
    const auto told = rows(Family::outbox);
    BOOST_TEST(told == 1u);
    BOOST_TEST(ask("tickets.comment",
                   {{"number", 1}, {"text", "I am away"}, {"headers", {{"Auto-Submitted", "auto-replied"}}}})
                   .value()
                   .contains("ignored"));
    BOOST_TEST(shown(1)["version"] == 1);
    BOOST_TEST(rows(Family::outbox) == told);
}

BOOST_AUTO_TEST_CASE(an_export_has_all_tickets_with_all_comments_page_by_page) {
    for (int i = 0; i < 250; ++i) {
        made();
    }
    BOOST_REQUIRE(ask("tickets.comment", {{"number", 201}, {"text", "x"}}).has_value());
    auto page = ask("tickets.export").value();
    BOOST_TEST(page["tickets"].size() == 200u);
    BOOST_TEST(page["tickets"][0]["number"] == 1);
    BOOST_TEST(page["next_after"] == 200);
    page = ask("tickets.export", {{"after", 200}}).value();
    BOOST_TEST(page["tickets"].size() == 50u);
    BOOST_TEST(page["tickets"][0]["comment_list"][0]["text"] == "x");
    BOOST_TEST(page["next_after"].is_null());
}

BOOST_AUTO_TEST_CASE(an_alert_of_a_rule_makes_a_ticket_in_its_own_commit_and_its_recovery_comments_it) {
    const AgentId web{"web-1"};
    connect(web);
    high(web, 1, 9);
    const auto one = shown(1);
    BOOST_TEST(one["title"] == "load is 9");
    BOOST_TEST(one["host"] == "web-1");
    BOOST_TEST(one["alert"] == ask("alerts.list").value()[0]["id"]);
    clock.advance(15s);
    high(web, 2, 1);
    const auto after = shown(1);
    BOOST_REQUIRE(after["comment_list"].size() == 1u);
    BOOST_TEST(after["comment_list"][0]["text"].get<std::string>().starts_with("LoadHigh is over since "));
    tick_after(1s);
    BOOST_TEST(shown(1)["version"] == 2);
    BOOST_TEST(audited() == (Words{"controller tickets.create 1", "controller tickets.comment 1"}), per_element());
    BOOST_TEST(!verify_audit(memory, "").value().finding.has_value());
}

BOOST_AUTO_TEST_CASE(an_alert_whose_commit_failed_has_its_ticket_when_its_sample_comes_again) {
    const AgentId web{"web-1"};
    connect(web);
    memory.fail_commits_with = disk_full;
    high(web, 1, 9);
    BOOST_TEST(rows(Family::tickets) == 0u);
    memory.fail_commits_with.reset();
    high(web, 1, 9);
    BOOST_TEST(shown(1)["version"] == 1);
    BOOST_TEST(rows(Family::tickets, "t") >= 1u);
    BOOST_TEST(ask("tickets.list").value()["tickets"].size() == 1u);
}

BOOST_AUTO_TEST_CASE(alerts_that_were_open_before_there_were_tickets_get_theirs_with_the_first_tick) {
    const AgentId web{"web-1"};
    connect(web);
    path = std::make_unique<SamplePath>(*records, commits, *this);  // nobody follows
    high(web, 1, 9);
    BOOST_TEST(rows(Family::tickets) == 0u);
    tick_after(1s);
    BOOST_TEST(ask("tickets.list").value()["tickets"].size() == 1u);
    tick_after(1s);
    BOOST_TEST(shown(1)["version"] == 1);
}

BOOST_AUTO_TEST_CASE(they_get_theirs_also_when_the_first_ticks_cannot_be_stored) {
    const AgentId web{"web-1"};
    connect(web);
    path = std::make_unique<SamplePath>(*records, commits, *this);  // nobody follows
    high(web, 1, 9);
    memory.fail_commits_with = disk_full;
    tick_after(1s);
    tick_after(1s);
    BOOST_TEST(rows(Family::tickets) == 0u);
    memory.fail_commits_with.reset();
    tick_after(1s);
    BOOST_TEST(ask("tickets.list").value()["tickets"].size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_promise_that_is_over_is_told_once_with_its_record) {
    made({{"priority", "low"}});
    const auto told = rows(Family::outbox);
    tick_after(59min);
    BOOST_TEST(rows(Family::outbox) == told);
    tick_after(1min);
    tick_after(1s);
    BOOST_TEST(rows(Family::outbox) == told + 1);
    BOOST_TEST(audited().back() == "controller tickets.escalate 1");
    BOOST_TEST(shown(1)["respond"]["is_broken"] == true);
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_set_breaks_no_promise_and_gives_no_time) {
    made({{"priority", "low"}});  // to be answered within an hour
    tick_after(1s);
    const auto told = rows(Family::outbox);
    clock.jump_wall(24h);
    tick_after(1s);
    tick_after(30min);
    clock.jump_wall(-48h);
    tick_after(1s);
    tick_after(29min + 56s);
    BOOST_TEST(rows(Family::outbox) == told);  // 59 min 59 s
    tick_after(1s);
    BOOST_TEST(rows(Family::outbox) == told + 1);
}

BOOST_AUTO_TEST_CASE(viewers_look_and_change_nothing) {
    made();
    const auto viewer = geteuid() + 4711;
    BOOST_TEST(ask("tickets.list", Json::object(), viewer).has_value());
    BOOST_TEST(ask("tickets.show", {{"number", 1}}, viewer).has_value());
    BOOST_TEST((ask("tickets.create", {{"title", "a"}}, viewer).error().code == ErrorCode::denied));
    BOOST_TEST((ask("tickets.comment", {{"number", 1}, {"text", "a"}}, viewer).error().code == ErrorCode::denied));
    BOOST_TEST((ask("tickets.update", {{"number", 1}, {"version", 1}}, viewer).error().code == ErrorCode::denied));
}

BOOST_AUTO_TEST_CASE(a_full_disk_keeps_no_ticket_and_says_so) {
    memory.fail_commits_with = disk_full;
    BOOST_TEST((ask("tickets.create", {{"title", "a"}}).error().code == ErrorCode::no_space));
    memory.fail_commits_with.reset();
    BOOST_TEST(made()["number"] == 1);
}

BOOST_AUTO_TEST_SUITE_END()

// What the records read; one of the reads fails.
class OneReadFails final : public StateStore {
  public:
    const StateStore* inner = nullptr;
    size_t failing = 0;
    mutable size_t tried = 0;

    Result<void> commit(const StoreBatch&) override { return {}; }
    Result<std::optional<std::string>> get(Family family, std::string_view key) const override {
        VIGIE_CHECK(try_read());
        return inner == nullptr ? std::optional<std::string>() : inner->get(family, key);
    }
    Result<void> scan(Family family, std::string_view from, std::string_view to, const Visit& visit) const override {
        VIGIE_CHECK(try_read());
        return inner == nullptr ? Result<void>() : inner->scan(family, from, to, visit);
    }
    Result<void> scan_back(Family family, std::string_view from, std::string_view to,
                           const Visit& visit) const override {
        VIGIE_CHECK(try_read());
        return inner == nullptr ? Result<void>() : inner->scan_back(family, from, to, visit);
    }

  private:
    Result<void> try_read() const {
        return ++tried == failing ? Result<void>(fail(ErrorCode::io, "store: read failed (injected)")) : Result<void>();
    }
};

BOOST_AUTO_TEST_SUITE(tickets_of_alerts)

BOOST_AUTO_TEST_CASE(whichever_read_fails_an_alert_ends_with_one_ticket) {
    size_t failing = 1;
    for (bool was_reached = true; was_reached; ++failing) {
        OneReadFails reads;
        TicketWorld world(&reads);
        reads.inner = &world.memory;
        const AgentId web{"web-1"};
        world.connect(web);
        world.follower.book().on_commit_failed();  // read the store again, as after a failed commit
        reads.tried = 0;
        reads.failing = failing;
        world.report(web, 1, "node_load1", {9});
        was_reached = reads.tried >= failing;
        if (world.acknowledged.empty()) {
            world.report(web, 1, "node_load1", {9});
        }
        for (int i = 0; i < 3; ++i) {
            world.tick_after(1s);
        }
        BOOST_TEST_CONTEXT("read " << failing << " failed") {
            BOOST_TEST(world.acknowledged.size() == 1u);
            const auto answer = world.ask("tickets.list").value();
            BOOST_REQUIRE(answer["tickets"].size() == 1u);
            BOOST_TEST(answer["tickets"][0]["version"] == 1);
        }
    }
    BOOST_TEST(failing > 3u);  // there were reads to fail
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller
