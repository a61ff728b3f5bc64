#include "controller/alerts/book.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/rules/rule_file.hpp"
#include "controller/store/memory_store.hpp"

namespace vigie::controller::alerts {
namespace {

using rules::SeriesSample;

constexpr WallTime at(int64_t seconds) {
    return wall_from_unix_ms(1'800'000'000'000 + seconds * 1000);
}

constexpr std::string_view rule_text = R"(groups:
- name: g
  rules:
  - alert: Hot
    expr: temp > 80
    annotations: {summary: 'at {{ $value }}', note: '{{ .Nothing }}', name: '{{ $labels.__name__ }}'}
  - alert: Busy
    expr: load > 4
    for: 5m
)";

// A controller's alerting part over a store that outlives it: restart() is kill -9 and start.
struct Controller {
    MemoryStore store;
    rules::RuleSet rules{rules::parse_rule_file(rule_text, "r.yml").value()};
    BookOptions options{{"hook"}, "HostSilent", {{"severity", "critical"}}};
    std::unique_ptr<AlertBook> book = std::make_unique<AlertBook>(store, options);
    uint64_t seq = 0;

    void without_damping() {
        auto groups = rules::parse_rule_file(rule_text, "r.yml").value();
        for (auto& rule : groups[0].rules) {
            rule.is_damped = false;
        }
        rules = rules::RuleSet(std::move(groups));
    }
    void restart() { book = std::make_unique<AlertBook>(store, options); }

    // One report with these values; what is nullopt is missing. Returns whether it was committed.
    bool report(WallTime when, std::optional<double> temp, std::optional<double> load = {},
                std::string_view host = "web-1") {
        const AgentId agent{std::string(host)};
        StoreBatch batch;
        if (!book->is_new(agent, when, when).value()) {
            return false;
        }
        const Labels temp_labels{{"__name__", "temp"}, {"instance", agent.value}};
        const Labels load_labels{{"__name__", "load"}, {"instance", agent.value}};
        std::vector<SeriesSample> samples;
        if (temp) {
            samples.push_back({temp_labels, *temp});
        }
        if (load) {
            samples.push_back({load_labels, *load});
        }
        const auto alerting = book->rules_with_alerts(agent).value();
        const auto verdicts =
            rules.judge({agent, when, samples}, [&alerting](const auto& rule) { return alerting.contains(rule); });
        BOOST_REQUIRE(book->apply(agent, {1, ++seq, when}, verdicts, when + 1s, batch).has_value());
        return commit(batch);
    }
    bool commit(const StoreBatch& batch) {
        const auto committed = store.commit(batch);
        if (!committed) {
            book->on_commit_failed();
        }
        return committed.has_value();
    }

    std::vector<Notification> pages() const {
        std::vector<Notification> all;
        BOOST_REQUIRE(store.scan(Family::outbox, "q", "r", [&](std::string_view, std::string_view row) {
            all.push_back(decode_notification(row).value());
            return true;
        }));
        return all;
    }
    AlertRecord alert(std::string_view name) const {
        const auto all = list_alerts(store).value();
        const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
        BOOST_REQUIRE_MESSAGE(found != all.end(), "no alert " << name);
        return *found;
    }
};

BOOST_FIXTURE_TEST_SUITE(book, Controller)

BOOST_AUTO_TEST_CASE(a_breach_is_saved_with_its_page_and_cursor_in_one_batch) {
    BOOST_TEST(report(at(0), 90));
    BOOST_TEST(store.commits == 1U);
    const auto alert = this->alert("Hot");
    BOOST_TEST((alert.state.phase == Phase::firing));
    BOOST_TEST((alert.labels == Labels{{"alertname", "Hot"}, {"instance", "web-1"}}));
    BOOST_TEST(alert.annotations.at("summary") == "at 90");
    BOOST_TEST(alert.annotations.at("name") == "temp");
    BOOST_TEST((alert.series == Labels{{"instance", "web-1"}}));
    BOOST_REQUIRE(pages().size() == 1U);
    BOOST_TEST((pages()[0].starts_at == at(0)));
    BOOST_TEST(pages()[0].alert_id == alert.id);
    const auto cursor = decode_cursor(store.get(Family::alerts, cursor_key(AgentId{"web-1"})).value().value()).value();
    BOOST_TEST((cursor == EvaluationCursor{1, 1, at(0)}));
}

BOOST_AUTO_TEST_CASE(the_text_of_an_open_alert_follows_its_value_and_pages_nobody) {
    auto groups = rules::parse_rule_file(R"(groups:
- {name: g, rules: [{alert: Hot, expr: temp > 80, annotations: {summary: 'at {{ $value }}'}, labels: {was: '{{ $value }}'}}]}
)",
                                         "r.yml")
                      .value();
    rules = rules::RuleSet(std::move(groups));
    report(at(0), 90);
    report(at(30), 95);
    BOOST_TEST(alert("Hot").annotations.at("summary") == "at 90");  // each minute at most
    report(at(60), 96);
    BOOST_TEST(alert("Hot").annotations.at("summary") == "at 96");
    BOOST_TEST(alert("Hot").labels.at("was") == "90");
    restart();
    report(at(70), 97);
    BOOST_TEST(alert("Hot").annotations.at("summary") == "at 97");
    BOOST_TEST(pages().size() == 1U);
    BOOST_TEST(alert("Hot").transitions == 1U);
}

// What a group of rules found about a host ends when the host is taken out; other hosts' alerts stay.
BOOST_AUTO_TEST_CASE(a_group_s_alert_about_a_host_ends_with_the_host) {
    const auto& rule = rules.groups()[0].rules[0];
    const std::vector<rules::RuleVerdicts> verdicts{
        {.rule = &rule, .verdicts = {{{{"instance", "web-1"}}, 90, true}, {{{"instance", "db-1"}}, 91, true}}}};
    StoreBatch batch;
    BOOST_REQUIRE(book->apply(owner_of_group("g"), {0, 1, at(0)}, verdicts, at(1), batch).has_value());
    BOOST_REQUIRE(commit(batch));
    BOOST_TEST((book->rules_with_alerts(owner_of_group("g")).value() == RuleKeys{rule.key}));
    StoreBatch removed;
    BOOST_TEST(book->close_host(AgentId{"web-1"}, at(2), removed).value().pages == 1U);
    BOOST_REQUIRE(commit(removed));
    const auto all = list_alerts(store).value();
    for (const auto& record : all) {
        BOOST_TEST((record.state.phase == (host_of(record) == "web-1" ? Phase::resolved : Phase::firing)));
    }
}

BOOST_AUTO_TEST_CASE(a_rule_that_failed_moves_no_alert) {
    const auto& rule = rules.groups()[0].rules[0];
    BOOST_TEST(report(at(0), 90));
    const std::vector<rules::RuleVerdicts> failed{{.rule = &rule, .failure = "why"}};
    StoreBatch batch;
    BOOST_REQUIRE(book->apply(AgentId{"web-1"}, {1, 2, at(10)}, failed, at(11), batch).has_value());
    BOOST_REQUIRE(commit(batch));
    BOOST_TEST((alert("Hot").state.phase == Phase::firing));
    const std::vector<rules::RuleVerdicts> open{{.rule = &rule, .are_others_false = true}};
    StoreBatch later;
    BOOST_TEST(book->apply(AgentId{"web-1"}, {1, 3, at(20)}, open, at(21), later)->pages == 1U);
    BOOST_REQUIRE(commit(later));
    BOOST_TEST((alert("Hot").state.phase == Phase::resolved));
}

BOOST_AUTO_TEST_CASE(what_a_rule_that_failed_in_part_says_counts_and_what_it_does_not_say_moves_nothing) {
    const auto& rule = rules.groups()[0].rules[0];
    const rules::Verdict first{{{"x", "1"}}, 90, true};
    const rules::Verdict second{{{"x", "2"}}, 91, true};
    const auto apply = [&](uint64_t number, const rules::Verdict& verdict, std::string failure) {
        const std::vector<rules::RuleVerdicts> judged{
            {.rule = &rule, .verdicts = {verdict}, .failure = std::move(failure)}};
        StoreBatch batch;
        const auto when = at(static_cast<int64_t>(number));
        BOOST_REQUIRE(book->apply(owner_of_group("g"), {0, number, when}, judged, when, batch).has_value());
        BOOST_REQUIRE(commit(batch));
    };
    apply(1, first, "");
    apply(2, second, "why");
    BOOST_TEST(pages().size() == 2U);
    const auto all = list_alerts(store).value();
    for (const auto& record : all) {
        BOOST_TEST((record.state.phase == Phase::firing));
    }
}

BOOST_AUTO_TEST_CASE(an_alert_of_a_rule_that_is_judged_in_the_other_way_now_ends) {
    const auto& rule = rules.groups()[0].rules[0];
    const std::vector<rules::RuleVerdicts> verdicts{{.rule = &rule, .verdicts = {{{{"x", "y"}}, 90, true}}}};
    StoreBatch batch;
    BOOST_REQUIRE(book->apply(owner_of_group("g"), {0, 1, at(0)}, verdicts, at(1), batch).has_value());
    BOOST_TEST(book->close_removed_rules(rules, at(2), batch).value().pages == 1U);
}

// P#422: `for: 5m` firing, kill -9, start: still firing, same active-since, no new page.
BOOST_AUTO_TEST_CASE(a_restart_keeps_firing_since_the_same_moment_and_pages_nobody) {
    for (int64_t s = 0; s <= 300; s += 15) {
        report(at(s), {}, 9);
    }
    BOOST_TEST(pages().size() == 1U);
    restart();
    report(at(315), {}, 9);
    const auto alert = this->alert("Busy");
    BOOST_TEST((alert.state.phase == Phase::firing));
    BOOST_TEST((alert.state.active_since == at(0)));
    BOOST_TEST(pages().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_restart_while_pending_does_not_start_for_again) {
    report(at(0), {}, 9);
    report(at(150), {}, 9);
    restart();
    report(at(299), {}, 9);
    BOOST_TEST((alert("Busy").state.phase == Phase::pending));
    report(at(300), {}, 9);
    BOOST_TEST((alert("Busy").state.phase == Phase::firing));
}

// The same report after a crash: when its batch was lost it gives the same rows, when it was saved it gives none.
BOOST_AUTO_TEST_CASE(evaluation_after_a_crash_repeats_itself_exactly) {
    report(at(0), 20);
    store.fail_commits_with = Error{ErrorCode::no_space, "disk full"};
    BOOST_TEST(!report(at(15), 90));
    BOOST_TEST(pages().empty());
    store.fail_commits_with.reset();
    BOOST_TEST(report(at(15), 90));
    BOOST_TEST(pages().size() == 1U);
    BOOST_TEST((alert("Hot").state.active_since == at(15)));
    BOOST_TEST(alert("Hot").transitions == 1U);
    restart();
    BOOST_TEST(!report(at(15), 90));
    BOOST_TEST(pages().size() == 1U);
    BOOST_TEST(book->counts().late_reports == 1U);
}

// P#17482
BOOST_AUTO_TEST_CASE(a_missing_series_is_no_data_until_a_sample_below_the_threshold) {
    report(at(0), 90);
    report(at(15), 90);
    report(at(30), {});
    restart();
    report(at(45), {});
    BOOST_TEST((alert("Hot").state.phase == Phase::no_data));
    BOOST_TEST(alert("Hot").state.is_open);
    report(at(60), 80);
    BOOST_TEST((alert("Hot").state.phase == Phase::resolved));
    BOOST_REQUIRE(pages().size() == 2U);
    BOOST_TEST(pages()[1].is_resolved);
    BOOST_TEST((pages()[1].starts_at == at(0)));
    BOOST_TEST((pages()[1].ends_at == at(60)));
    BOOST_TEST(pages()[1].annotations.at("summary") == "at 90");  // what was said when it fired
}

BOOST_AUTO_TEST_CASE(late_and_repeated_reports_are_not_evaluated) {
    report(at(60), 20);
    BOOST_TEST(!report(at(30), 90));
    BOOST_TEST(!report(at(60), 90));
    BOOST_TEST(pages().empty());
    BOOST_TEST(report(at(30), 90, {}, "web-2"));  // another host has its own cursor
    BOOST_TEST(book->counts().late_reports == 2U);
}

BOOST_AUTO_TEST_CASE(a_clock_that_ran_ahead_does_not_stop_evaluation_once_it_is_set_right) {
    report(at(86400), 20);
    BOOST_TEST(book->is_new(AgentId{"web-1"}, at(10), at(10)).value());
    BOOST_TEST(!book->is_new(AgentId{"web-1"}, at(10), at(86390)).value());  // merely late
}

// netdata#7217: boot with breaches that pass within `for`.
BOOST_AUTO_TEST_CASE(five_breaches_at_boot_that_pass_page_nobody) {
    for (int host = 1; host <= 5; ++host) {
        const auto name = fmt::format("web-{}", host);
        report(at(0), {}, 9, name);
        report(at(60), {}, 9, name);
        report(at(120), {}, 1, name);
    }
    BOOST_TEST(pages().empty());
    BOOST_TEST((alert("Busy").state.phase == Phase::inactive));
}

BOOST_AUTO_TEST_CASE(history_tells_every_transition_with_its_cursor_and_cause) {
    report(at(0), 90);
    report(at(15), {});
    report(at(30), 70);
    const auto shown = show_alert(store, alert("Hot").id).value();
    BOOST_REQUIRE(shown.history.size() == 3U);
    BOOST_TEST((shown.history[0].from == Phase::inactive));
    BOOST_TEST((shown.history[0].to == Phase::firing));
    BOOST_TEST(shown.history[0].value == 90);
    BOOST_TEST((shown.history[0].recorded_at == at(1)));
    BOOST_TEST((shown.history[0].cursor == EvaluationCursor{1, 1, at(0)}));
    BOOST_TEST(shown.history[1].cause == "series missing");
    BOOST_TEST((shown.history[2].to == Phase::resolved));
    BOOST_TEST(show_alert(store, "nope").error().message == "there is no alert 'nope'");
}

BOOST_AUTO_TEST_CASE(history_is_bounded) {
    without_damping();
    for (int64_t i = 0; i < 75; ++i) {
        report(at(30 * i), 90);
        report(at(30 * i + 15), 70);
    }
    const auto shown = show_alert(store, alert("Hot").id).value();
    BOOST_TEST(shown.alert.transitions == 150U);
    BOOST_TEST(shown.history.size() == transitions_kept_max);
    BOOST_TEST((shown.history.back().to == Phase::resolved));
}

// icinga2#9449, with a restart after each report: the sixth change begins to flap, and of 20 in a row the flapping is
// over after 15 quiet reports (flapping_test.cpp).
BOOST_AUTO_TEST_CASE(an_alert_that_flaps_recovers_once_whatever_restarts) {
    for (int64_t i = 0; i < 40; ++i) {
        report(at(15 * i), i % 2 == 0 ? 90 : 70);
        restart();
    }
    BOOST_TEST(pages().size() == 5U);
    BOOST_TEST(!pages().back().is_resolved);
    BOOST_TEST((alert("Hot").state.phase == Phase::firing));
    BOOST_TEST(alert("Hot").state.is_flapping());
    for (int64_t i = 40; i < 55; ++i) {
        BOOST_TEST(pages().size() == 5U);
        report(at(15 * i), 70);
        restart();
    }
    BOOST_REQUIRE(pages().size() == 6U);
    BOOST_TEST(pages().back().is_resolved);
    BOOST_TEST((pages().back().starts_at == pages()[4].starts_at));
    const auto history = show_alert(store, alert("Hot").id).value().history;
    BOOST_TEST(history.at(5).cause == "sample, flapping began");
    BOOST_TEST((history.at(5).from == Phase::firing));
    BOOST_TEST((history.at(5).to == Phase::firing));
    BOOST_TEST(history.at(6).cause == "sample, flapping ended");
    BOOST_TEST(history.size() == 7U);
    for (int64_t i = 55; i < 80; ++i) {
        report(at(15 * i), 70);
    }
    BOOST_TEST(pages().size() == 6U);
    BOOST_TEST(alert("Hot").state.changes == 0U);
    BOOST_TEST(book->rules_with_alerts(AgentId{"web-1"}).value().empty());
    BOOST_TEST(alert("Hot").value == 70);
}

// netdata#5346: 7.21 and 7.22 around a threshold, 60 times, restarted each time.
BOOST_AUTO_TEST_CASE(with_a_clear_threshold_a_value_around_the_other_one_fires_once_and_ends_below_it) {
    auto groups =
        rules::parse_rule_file("groups: [{name: g, rules: [{alert: Hot, expr: temp > 7.215}]}]", "r.yml").value();
    groups[0].rules[0].clear = query::Expression::parse("temp < 7").value();
    rules = rules::RuleSet(std::move(groups));
    for (int64_t i = 0; i < 60; ++i) {
        report(at(15 * i), i % 2 == 0 ? 7.21 : 7.22);
        restart();
    }
    report(at(900), 7);
    BOOST_TEST(pages().size() == 1U);
    BOOST_TEST((alert("Hot").state.fired_at == at(15)));
    BOOST_TEST(!alert("Hot").state.is_flapping());
    report(at(915), {});
    BOOST_TEST((alert("Hot").state.phase == Phase::no_data));
    report(at(930), 6.99);
    BOOST_TEST((alert("Hot").state.phase == Phase::resolved));
    BOOST_TEST(pages().size() == 2U);
}

BOOST_AUTO_TEST_CASE(what_is_not_among_the_verdicts_of_an_open_rule_is_held_too) {
    const auto& rule = rules.groups()[0].rules[0];
    const auto apply = [&](uint64_t number, rules::RuleVerdicts judged) {
        judged.rule = &rule;
        judged.are_others_false = true;
        StoreBatch batch;
        const auto when = at(static_cast<int64_t>(number));
        BOOST_REQUIRE(book->apply(owner_of_group("g"), {0, number, when}, std::vector{std::move(judged)}, when, batch)
                          .has_value());
        BOOST_REQUIRE(commit(batch));
    };
    apply(1, {.verdicts = {{{{"x", "1"}}, 90, true}}});
    apply(2, {.cleared = rules::Clearance()});
    BOOST_TEST((alert("Hot").state.phase == Phase::firing));
    rules::Clearance cleared;
    cleared.add({{"x", "1"}});
    apply(3, {.cleared = cleared});
    BOOST_TEST((alert("Hot").state.phase == Phase::resolved));
}

// AM#2857: the failed template is counted and can be shown.
BOOST_AUTO_TEST_CASE(a_failed_template_is_counted_and_kept_with_the_alert) {
    report(at(0), 90);
    BOOST_TEST(book->counts().template_failures == 1U);
    BOOST_TEST(alert("Hot").template_failures.at(0) == "annotation 'note': there is no field '.Nothing'");
    BOOST_TEST(pages().at(0).annotations.at("note") == "Hot {instance=\"web-1\"} value 90");
}

BOOST_AUTO_TEST_CASE(a_silent_host_pages_once_and_its_alerts_wait_for_data) {
    report(at(0), 90);
    const AgentId agent{"web-1"};
    for (int i = 0; i < 3; ++i) {
        StoreBatch batch;
        BOOST_REQUIRE(book->host_silent(agent, at(0), at(45 + i), batch).has_value());
        BOOST_TEST(commit(batch));
        restart();
    }
    BOOST_REQUIRE(pages().size() == 2U);
    BOOST_TEST(
        (pages()[1].labels == Labels{{"alertname", "HostSilent"}, {"instance", "web-1"}, {"severity", "critical"}}));
    BOOST_TEST((pages()[1].starts_at == at(0)));
    BOOST_TEST((alert("Hot").state.phase == Phase::no_data));
    StoreBatch batch;
    BOOST_REQUIRE(book->host_back(agent, at(600), batch).has_value());
    BOOST_REQUIRE(book->host_back(agent, at(601), batch).has_value());
    BOOST_TEST(commit(batch));
    BOOST_TEST((alert("HostSilent").state.phase == Phase::resolved));
    BOOST_TEST(report(at(615), 95));
    BOOST_TEST((alert("Hot").state.phase == Phase::firing));
    BOOST_REQUIRE(pages().size() == 3U);
    BOOST_TEST(pages()[2].is_resolved);
}

BOOST_AUTO_TEST_CASE(a_silence_keeps_the_reason_that_was_known_when_it_began) {
    for (const auto* reason : {"agent died: …", "host or network: …"}) {
        StoreBatch batch;
        BOOST_REQUIRE(book->host_silent(AgentId{"web-1"}, at(0), at(45), batch, reason).has_value());
        BOOST_TEST(commit(batch));
    }
    BOOST_REQUIRE(pages().size() == 1U);
    BOOST_TEST(pages()[0].annotations.at("reason") == "agent died: …");
}

BOOST_AUTO_TEST_CASE(a_removed_rule_or_host_ends_its_alerts) {
    report(at(0), 90);
    report(at(0), 90, {}, "web-2");
    StoreBatch batch;
    BOOST_TEST(book->close_removed_rules(rules, at(5), batch).value().transitions == 0U);
    BOOST_TEST(book->close_host(AgentId{"web-2"}, at(10), batch).value().pages == 1U);
    BOOST_TEST(book->close_removed_rules(rules::RuleSet{}, at(15), batch).value().pages == 1U);
    BOOST_TEST(commit(batch));
    const auto all = list_alerts(store).value();
    for (const auto& one : all) {
        BOOST_TEST((one.state.phase == Phase::resolved));
    }
    BOOST_TEST(!store.get(Family::alerts, cursor_key(AgentId{"web-2"})).value().has_value());
}

BOOST_AUTO_TEST_CASE(one_alert_can_be_closed_with_a_cause) {
    report(at(0), 90);
    StoreBatch batch;
    BOOST_TEST(!book->close_alert("nope", "operator ann", at(5), batch).has_value());
    BOOST_TEST(book->close_alert(alert("Hot").id, "operator ann", at(5), batch).value().pages == 1U);
    BOOST_TEST(commit(batch));
    BOOST_TEST(show_alert(store, alert("Hot").id).value().history.back().cause == "operator ann");
}

BOOST_AUTO_TEST_CASE(a_finding_of_the_controller_pages_at_its_begin_and_end_and_outlives_restart_rules_and_silence) {
    const AgentId web{"web-1"};
    const auto tell = [&](bool is_true, WallTime when) {
        StoreBatch batch;
        const auto applied = book->tell(web,
                                        {.name = clock_skewed,
                                         .is_true = is_true,
                                         .value = 90,
                                         .summary = "90 s ahead",
                                         .cause = is_true ? "clock off" : "clock right"},
                                        when, batch);
        BOOST_REQUIRE(applied.has_value());
        BOOST_TEST(commit(batch));
        return applied->pages;
    };
    BOOST_TEST(tell(false, at(0)) == 0U);
    BOOST_TEST(list_alerts(store).value().empty());
    BOOST_TEST(tell(true, at(1)) == 1U);
    BOOST_TEST(tell(true, at(2)) == 0U);
    restart();
    StoreBatch batch;
    BOOST_TEST(book->close_removed_rules(rules, at(3), batch).value().pages == 0U);
    BOOST_TEST(book->host_silent(web, at(3), at(4), batch).value().pages == 1U);
    BOOST_TEST(commit(batch));
    BOOST_TEST((alert(clock_skewed).state.phase == Phase::firing));
    BOOST_TEST((book->hosts_with(clock_skewed).value() == std::vector<AgentId>{web}));
    BOOST_TEST(book->hosts_with(identity_used_twice).value().empty());
    BOOST_TEST(tell(false, at(5)) == 1U);
    const auto page = pages().back();
    BOOST_TEST(page.is_resolved);
    BOOST_TEST(
        (page.labels ==
         Labels{{"alertname", "VigieClockSkew"}, {"host", "web-1"}, {"instance", "web-1"}, {"severity", "warning"}}));
    BOOST_TEST(page.annotations.at("summary") == "90 s ahead");
    BOOST_TEST(show_alert(store, alert(clock_skewed).id).value().history.back().cause == "clock right");
}

BOOST_AUTO_TEST_CASE(what_is_long_over_is_erased_and_what_is_open_never) {
    report(at(0), 90);
    report(at(15), 70);
    report(at(0), 90, {}, "web-2");
    StoreBatch early;
    BOOST_TEST(book->prune(at(60), early).value() == 0U);
    StoreBatch batch;
    BOOST_TEST(book->prune(at(16 * 86400), batch).value() == 1U);
    BOOST_TEST(commit(batch));
    BOOST_TEST(list_alerts(store).value().size() == 1U);
    BOOST_TEST(alert("Hot").agent.value == "web-2");
}

BOOST_AUTO_TEST_CASE(what_is_erased_is_looked_at_no_more_though_it_changed_in_its_last_evaluations) {
    report(at(0), 90);
    report(at(15), 70);
    BOOST_TEST(book->rules_with_alerts(AgentId{"web-1"}).value().size() == 1U);
    StoreBatch batch;
    BOOST_TEST(book->prune(at(16 * 86400), batch).value() == 1U);
    BOOST_TEST(commit(batch));
    BOOST_TEST(book->rules_with_alerts(AgentId{"web-1"}).value().empty());
    BOOST_TEST(report(at(16 * 86400), 90));
    BOOST_TEST(pages().size() == 3U);
}

BOOST_AUTO_TEST_CASE(numbers_of_pages_never_go_back) {
    report(at(0), 90);
    StoreBatch erase;
    erase.erase(Family::outbox, queued_key(1));
    BOOST_TEST(commit(erase));
    book->on_commit_failed();
    report(at(15), 70);
    std::vector<uint64_t> numbers;
    BOOST_REQUIRE(store.scan(Family::outbox, "q", "r", [&](std::string_view key, std::string_view) {
        numbers.push_back(read_outbox_key(key).value());
        return true;
    }));
    BOOST_TEST(numbers == std::vector<uint64_t>{2}, boost::test_tools::per_element());
}

// Each receiver is owed its own row (AM#1063 and its switch are the notifier's).
BOOST_AUTO_TEST_CASE(each_receiver_gets_its_own_row) {
    options.receivers = {"hook", "second"};
    restart();
    report(at(0), 90);
    BOOST_REQUIRE(pages().size() == 2U);
    BOOST_TEST(pages()[1].receiver == "second");
}

// As Prometheus does when it sends: the alert itself, its id and its series stay as they are.
BOOST_AUTO_TEST_CASE(a_page_has_the_external_labels_that_its_alert_has_not) {
    options.templates.external_labels = {{"cluster", "eu"}, {"instance", "elsewhere"}, {"empty", ""}};
    restart();
    report(at(0), 90);
    BOOST_TEST((alert("Hot").labels == Labels{{"alertname", "Hot"}, {"instance", "web-1"}}));
    BOOST_REQUIRE(pages().size() == 1U);
    BOOST_TEST((pages()[0].labels == Labels{{"alertname", "Hot"}, {"cluster", "eu"}, {"instance", "web-1"}}));
    report(at(15), 70);
    BOOST_TEST(fingerprint(pages()[1].labels) == fingerprint(pages()[0].labels));
    StoreBatch batch;
    BOOST_REQUIRE(book->host_silent(AgentId{"web-1"}, at(20), at(30), batch).has_value());
    BOOST_TEST(commit(batch));
    BOOST_TEST(pages()[2].labels.at("cluster") == "eu");
}

// As long as it must be false stands in the alert's row.
BOOST_AUTO_TEST_CASE(a_restart_while_it_is_kept_firing_does_not_start_keep_firing_for_again) {
    rules = rules::RuleSet(
        rules::parse_rule_file(
            "groups: [{name: g, rules: [{alert: Hot, expr: temp > 80, keep_firing_for: 1m, annotations: {of: "
            "'{{ $externalLabels.cluster }}'}}]}]",
            "r.yml")
            .value());
    options.templates.external_labels = {{"cluster", "eu"}};
    restart();
    report(at(0), 90);
    report(at(15), 70);
    restart();
    report(at(74), 70);
    BOOST_TEST((alert("Hot").state.phase == Phase::firing));
    restart();
    report(at(75), 70);
    BOOST_TEST((alert("Hot").state.phase == Phase::resolved));
    BOOST_TEST(pages().size() == 2U);
    BOOST_TEST(pages()[0].annotations.at("of") == "eu");
}

BOOST_AUTO_TEST_CASE(a_damaged_row_is_told_and_not_evaluated_over) {
    StoreBatch batch;
    batch.put(Family::alerts, "s00", "junk");
    BOOST_TEST(commit(batch));
    BOOST_TEST((book->load().error().code == ErrorCode::corrupt));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::alerts
