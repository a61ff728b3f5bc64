// Effectively once: duplicates, gaps, unreadable entries, impossible times, too many series, failing commits.
#include "controller/ingest/ingest.hpp"

#include <deque>
#include <random>

#include <boost/test/unit_test.hpp>

#include "controller/ingest/cursor_rows.hpp"
#include "controller/store/committer.hpp"
#include "controller/store/faulty_store.hpp"
#include "controller/store/keys.hpp"
#include "controller/store/memory_store.hpp"
#include "protocol/codec/codec.hpp"

using namespace vigie;
using namespace vigie::controller;
using protocol::Stream;
using Kind = Outcome::Kind;

namespace {

constexpr int64_t start_ms = 1'800'000'000'000;

struct RecordingSink final : EntrySink {
    std::vector<std::string> runs;
    std::vector<Event> events;
    std::vector<std::string> log_errors;
    std::optional<Error> refuse_runs_with;
    Result<void> on_run_report(const AgentId&, const protocol::RunReport& report, StoreBatch& batch) override {
        if (refuse_runs_with) {
            return fail(*refuse_runs_with);
        }
        runs.push_back(report.run_id);
        batch.put(Family::runs, report.run_id, "row");
        return {};
    }
    Result<void> on_event(const Event& event, StoreBatch&) override {
        events.push_back(event);
        return {};
    }
    Result<void> on_log_errors(const AgentId&, const protocol::LogErrors& errors, WallTime, StoreBatch&) override {
        log_errors.push_back(errors.message);
        return {};
    }
};

struct IngestFixture {
    MemoryStore memory;
    FaultyStore store{memory};
    RecordingSink sink;
    DirectCommitter committer{store};
    IngestLimits limits;
    std::unique_ptr<Ingest> ingest;
    WallTime now = wall_from_unix_ms(start_ms);
    AgentId agent{"web-1"};

    void open() {
        auto opened = Ingest::open(store, sink, limits);
        BOOST_REQUIRE(opened.has_value());
        ingest = std::move(*opened);
    }
    IngestFixture() { open(); }

    Arrival arrival(uint64_t seq, std::string_view entry) const {
        return {.agent = agent,
                .stream = Stream::metrics,
                .incarnation = 7,
                .seq = seq,
                .entry = entry,
                .received_at = now};
    }
    protocol::StreamCursor stored_cursor() {
        const auto cursors = durable_cursors(store, agent).value();
        BOOST_REQUIRE(cursors.size() == 1u);
        return cursors[0];
    }
    // Applies in a group of its own.
    Result<Outcome> apply(const Arrival& one) {
        Result<Outcome> outcome = fail(ErrorCode::cancelled, "not called");
        committer.submit([&](StoreBatch& batch) { outcome = ingest->apply(one, batch); },
                         [&](const Result<void>& stored) {
                             ingest->on_committed(stored);
                             if (!stored) {
                                 outcome = fail(stored.error());
                             }
                         });
        committer.run_pending();
        return outcome;
    }
    Kind apply(uint64_t seq, const std::string& entry) {
        const auto outcome = apply(arrival(seq, entry));
        BOOST_REQUIRE_MESSAGE(outcome.has_value(), (outcome ? "" : outcome.error().message));
        return outcome->kind;
    }
    Result<Outcome> gap(uint64_t first, uint64_t last) {
        Result<Outcome> outcome = fail(ErrorCode::cancelled, "not called");
        committer.submit(
            [&](StoreBatch& batch) {
                outcome = ingest->gap({.agent = agent,
                                       .stream = Stream::metrics,
                                       .incarnation = 7,
                                       .first_missing = first,
                                       .last_missing = last,
                                       .received_at = now},
                                      batch);
            },
            [&](const Result<void>& stored) { ingest->on_committed(stored); });
        committer.run_pending();
        return outcome;
    }
    size_t rows(Family family) const {
        size_t count = 0;
        BOOST_REQUIRE(memory.scan(family, "", "", [&count](auto, auto) { return ++count > 0; }));
        return count;
    }
    uint64_t cursor() const {
        const auto cursors = durable_cursors(memory, agent).value();
        for (const auto& one : cursors) {
            if (one.stream == Stream::metrics && one.incarnation == 7) {
                return one.last_applied;
            }
        }
        return 0;
    }
};

std::string samples(const std::string& schema, std::vector<double> values, int64_t at_ms = start_ms) {
    return protocol::encode_entry(
        protocol::SampleBatch{.sampled_at_unix_ms = at_ms, .schema = schema, .values = std::move(values)});
}
std::string run_report(const std::string& id) {
    protocol::RunReport report;
    report.run_id = id;
    report.job = "backup";
    report.state = protocol::RunState::running;
    return protocol::encode_entry(report);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(ingest_once, IngestFixture)

BOOST_AUTO_TEST_CASE(samples_become_a_row_and_move_the_cursor) {
    const auto entry = samples("up\nload{cpu=\"0\"}\n", {1, 0.5});
    const auto outcome = apply(arrival(1, entry));
    BOOST_REQUIRE(outcome.has_value());
    BOOST_TEST((outcome->kind == Kind::applied));
    BOOST_TEST(outcome->last_applied == 1u);
    BOOST_REQUIRE(outcome->samples.has_value());
    const auto& received = *outcome->samples;
    BOOST_TEST(unix_ms(received.sampled_at) == start_ms);
    BOOST_REQUIRE(received.series->ids.size() == 2u);
    BOOST_REQUIRE(received.series->watched.size() == 2u);
    const LabelSet wanted{{"__name__", "load"}, {"cpu", "0"}, {"instance", "web-1"}, {"job", "node"}};
    BOOST_TEST((received.series->watched[1].labels == wanted));
    BOOST_TEST(received.values[1] == 0.5);
    BOOST_TEST(cursor() == 1u);
    const auto row = memory.get(Family::head, keys::head(keys::head_bucket(now), agent, 7, 1)).value();
    BOOST_REQUIRE(row.has_value());
    BOOST_TEST((read_sample_row(*row)->series == std::vector<uint64_t>{1, 2}));
    BOOST_TEST(memory.get(Family::sidx, keys::posting("cpu", "0", 2)).value().value() == "");
    const auto labels = memory.get(Family::series, keys::series(2)).value().value();
    BOOST_TEST(memory.get(Family::sidx, keys::posting("__name__", "load", 2)).value().value() == labels);
    BOOST_TEST(memory.get(Family::sidx, keys::posting("instance", "web-1", 2)).value().value() == labels);
}

BOOST_AUTO_TEST_CASE(a_repeated_entry_writes_nothing) {
    const auto entry = samples("up\n", {1});
    BOOST_TEST((apply(1, entry) == Kind::applied));
    const auto commits = memory.commits;
    BOOST_TEST((apply(1, entry) == Kind::duplicate));
    BOOST_TEST((apply(0, entry) == Kind::duplicate));
    BOOST_TEST(memory.commits == commits);
    BOOST_TEST(ingest->counts().duplicates == 2u);
}

BOOST_AUTO_TEST_CASE(an_entry_too_early_is_sent_back) {
    const auto outcome = apply(arrival(3, samples("up\n", {1})));
    BOOST_TEST((outcome->kind == Kind::ahead));
    BOOST_TEST(outcome->last_applied == 0u);
    BOOST_TEST(rows(Family::head) == 0u);
}

BOOST_AUTO_TEST_CASE(streams_and_incarnations_count_apart) {
    const auto entry = samples("up\n", {1});
    BOOST_TEST((apply(1, entry) == Kind::applied));
    auto other = arrival(1, entry);
    other.incarnation = 8;
    BOOST_TEST((apply(other)->kind == Kind::applied));
    other.stream = Stream::logs;
    BOOST_TEST((apply(other)->kind == Kind::applied));
    BOOST_TEST(durable_cursors(memory, agent)->size() == 3u);
    BOOST_TEST(rows(Family::head) == 2u + 0u);  // the logs stream's row has the same key as that of incarnation 8
}

BOOST_AUTO_TEST_CASE(the_cursor_survives_a_restart) {
    const auto entry = samples("up\n", {1});
    apply(1, entry);
    open();
    BOOST_TEST((apply(1, entry) == Kind::duplicate));
    BOOST_TEST((apply(2, entry) == Kind::applied));
    BOOST_TEST(rows(Family::series) == 1u);
}

BOOST_AUTO_TEST_CASE(a_failed_commit_is_as_if_nothing_had_come) {
    const auto entry = samples("up\n", {1});
    store.fail_from_commit = 1;
    BOOST_TEST((apply(arrival(1, entry)).error().code == ErrorCode::no_space));
    BOOST_TEST((apply(2, entry) == Kind::ahead));
    const auto again = apply(arrival(1, entry));
    BOOST_TEST((again->kind == Kind::applied));
    BOOST_TEST(rows(Family::head) == 1u);
    BOOST_TEST(rows(Family::series) == 1u);
    const auto id = again->samples->series->ids.front();
    BOOST_TEST(memory.get(Family::series, keys::series(id)).value().has_value());
}

BOOST_AUTO_TEST_CASE(commits_that_fail_use_up_no_numbers_of_series) {
    const auto entry = samples("up\nload\n", {1, 2});
    store.fail_from_commit = 1;
    store.failing_commits = 3;
    for (int i = 0; i < 3; ++i) {
        BOOST_TEST((apply(arrival(1, entry)).error().code == ErrorCode::no_space));
    }
    BOOST_TEST((apply(arrival(1, entry))->samples->series->ids == std::vector<uint64_t>{1, 2}));
    BOOST_TEST(ingest->counts().series == 2u);
}

BOOST_AUTO_TEST_CASE(a_failing_read_adds_nothing_and_the_agent_may_try_again) {
    store.fail_reads_with = Error{ErrorCode::io, "disk gone (injected)"};
    const auto entry = samples("up\n", {1});
    BOOST_TEST((apply(arrival(1, entry)).error().code == ErrorCode::io));
    BOOST_TEST(memory.commits == 0u);
    store.fail_reads_with.reset();
    BOOST_TEST((apply(1, entry) == Kind::applied));
}

BOOST_AUTO_TEST_CASE(a_group_of_one_agent_sees_its_own_series) {
    const auto first = samples("a\nb\n", {1, 2});
    const auto second = samples("b\nc\n", {3, 4});
    std::vector<Result<Outcome>> outcomes;
    for (const auto& [seq, entry] : {std::pair{1, &first}, {2, &second}, {3, &first}}) {
        committer.submit(
            [&, seq = seq, entry = entry](StoreBatch& batch) {
                outcomes.push_back(ingest->apply(arrival(static_cast<uint64_t>(seq), *entry), batch));
            },
            [&](const Result<void>& stored) { ingest->on_committed(stored); });
    }
    BOOST_TEST(committer.run_pending() == 1u);
    BOOST_TEST(rows(Family::series) == 3u);
    BOOST_TEST(outcomes[0]->samples->series->ids.at(1) == outcomes[1]->samples->series->ids.at(0));
    BOOST_TEST(outcomes[0]->samples->series->ids.at(0) == outcomes[2]->samples->series->ids.at(0));
}

BOOST_AUTO_TEST_CASE(an_unreadable_entry_is_recorded_and_passed) {
    BOOST_TEST((apply(1, "\xc1 nonsense") == Kind::unreadable));
    BOOST_TEST(cursor() == 1u);
    BOOST_REQUIRE(sink.events.size() == 1u);
    BOOST_TEST(sink.events[0].kind == "unreadable");
    BOOST_TEST(sink.events[0].agent.value == "web-1");
    BOOST_TEST(sink.events[0].message.find("web-1: entry 1 of stream metrics") == 0u);
    BOOST_TEST((apply(2, samples("a\n", {1, 2})) == Kind::unreadable));
    BOOST_TEST((apply(3, samples("a\n", {1})) == Kind::applied));
    BOOST_TEST(rows(Family::events) == 2u);
    BOOST_TEST(ingest->counts().unreadable == 2u);
}

BOOST_AUTO_TEST_CASE(a_gap_is_recorded_once_and_moves_the_cursor) {
    apply(1, samples("up\n", {1}));
    BOOST_TEST((gap(5, 9)->kind == Kind::ahead));
    const auto outcome = gap(1, 9);  // 1 is applied: 2 to 9 are lost
    BOOST_TEST((outcome->kind == Kind::applied));
    BOOST_TEST(outcome->last_applied == 9u);
    BOOST_TEST(cursor() == 9u);
    BOOST_TEST((gap(1, 9)->kind == Kind::duplicate));
    BOOST_REQUIRE(sink.events.size() == 1u);
    BOOST_TEST(sink.events[0].kind == "gap");
    BOOST_TEST(sink.events[0].message.find("entries 2 to 9 of stream metrics") != std::string::npos);
    BOOST_TEST(ingest->counts().missing == 8u);
    BOOST_TEST((apply(10, samples("up\n", {1})) == Kind::applied));
}

BOOST_AUTO_TEST_CASE(run_reports_go_to_the_sink_once) {
    BOOST_TEST((apply(1, run_report("r1")) == Kind::applied));
    BOOST_TEST((apply(1, run_report("r1")) == Kind::duplicate));
    BOOST_TEST((sink.runs == std::vector<std::string>{"r1"}));
    BOOST_TEST(memory.get(Family::runs, "r1").value().has_value());
}

BOOST_AUTO_TEST_CASE(a_refused_run_report_is_passed_but_a_full_disk_is_not) {
    sink.refuse_runs_with = Error{ErrorCode::not_found, "no such run"};
    BOOST_TEST((apply(1, run_report("r1")) == Kind::unreadable));
    sink.refuse_runs_with = Error{ErrorCode::no_space, "full"};
    BOOST_TEST((apply(arrival(2, run_report("r2"))).error().code == ErrorCode::no_space));
    BOOST_TEST(cursor() == 1u);
    sink.refuse_runs_with.reset();
    BOOST_TEST((apply(2, run_report("r2")) == Kind::applied));
}

BOOST_AUTO_TEST_CASE(what_a_failed_commit_took_back_is_counted_once) {
    store.fail_from_commit = 1;
    BOOST_TEST(!apply(arrival(1, samples("up\n", {1}))).has_value());
    BOOST_TEST(ingest->counts().applied == 0u);
    BOOST_TEST(ingest->counts().samples == 0u);
    BOOST_TEST((apply(1, samples("up\n", {1})) == Kind::applied));
    BOOST_TEST(ingest->counts().applied == 1u);
    BOOST_TEST(ingest->counts().samples == 1u);
}

BOOST_AUTO_TEST_CASE(an_entry_taken_back_is_not_stored_and_comes_again) {
    committer.submit(
        [&](StoreBatch& batch) {
            BOOST_TEST(ingest->apply(arrival(1, samples("up\n", {1})), batch).has_value());
            ingest->take_back(agent, batch);
            BOOST_TEST(batch.is_empty());
            // What follows it in the group must not be stored without it.
            BOOST_TEST((ingest->apply(arrival(2, samples("up\n", {2})), batch).error().code == ErrorCode::unavailable));
        },
        [&](const Result<void>& stored) { ingest->on_committed(stored); });
    committer.run_pending();
    BOOST_TEST(cursor() == 0u);
    BOOST_TEST(ingest->counts().applied == 0u);
    BOOST_TEST((apply(1, samples("up\n", {1})) == Kind::applied));
    BOOST_TEST(cursor() == 1u);
    BOOST_TEST(rows(Family::series) == 1u);
}

BOOST_AUTO_TEST_CASE(a_cursor_is_stored_with_the_generation_of_its_entry) {
    ingest->note_generations(agent, {{Stream::metrics, 7, 1, 100}, {Stream::metrics, 7, 2, 200}});
    BOOST_TEST((apply(1, run_report("r")) == Kind::applied));
    BOOST_TEST(stored_cursor().generation == 100u);
    BOOST_TEST((apply(2, run_report("r")) == Kind::applied));
    BOOST_TEST(stored_cursor().generation == 200u);
    // A HELLO without generations, or of another incarnation, says nothing of this one.
    ingest->note_generations(agent, {{Stream::metrics, 8, 1, 300}});
    BOOST_TEST((apply(3, run_report("r")) == Kind::applied));
    BOOST_TEST(stored_cursor().generation == 0u);
}

// Eight bytes of number and eight of time were all that a cursor had at first.
BOOST_AUTO_TEST_CASE(a_cursor_of_an_older_version_has_no_generation) {
    BOOST_TEST((apply(1, run_report("r")) == Kind::applied));
    StoreBatch batch;
    batch.put(Family::cursor, keys::cursor(agent, static_cast<uint8_t>(Stream::metrics), 7),
              keys::KeyWriter().u64(5).i64(start_ms).take());
    BOOST_REQUIRE(store.commit(batch).has_value());
    BOOST_TEST(stored_cursor().last_applied == 5u);
    BOOST_TEST(stored_cursor().generation == 0u);
}

BOOST_AUTO_TEST_CASE(host_events_are_stored) {
    const auto entry = protocol::encode_entry(protocol::HostEvent{.at_unix_ms = start_ms - 60'000,
                                                                  .severity = protocol::EventSeverity::warning,
                                                                  .source = "outbox",
                                                                  .message = "90 % full"});
    BOOST_TEST((apply(1, entry) == Kind::applied));
    const auto events = newest_events(memory, now - 1s, now + 1s, 5).value();
    BOOST_REQUIRE(events.size() == 1u);
    BOOST_TEST(events[0].message == "web-1: outbox: 90 % full");
    BOOST_TEST(unix_ms(events[0].happened_at) == start_ms - 60'000);
}

BOOST_AUTO_TEST_CASE(an_event_that_tells_of_errors_is_handed_on_and_makes_no_row) {
    protocol::HostEvent event{.at_unix_ms = start_ms, .source = "errors", .message = "two kinds"};
    event.errors.resize(2);
    event.errors[0].message = "one";
    event.errors[1].message = "another";
    BOOST_TEST((apply(1, protocol::encode_entry(event)) == Kind::applied));
    BOOST_TEST(sink.log_errors == (std::vector<std::string>{"one", "another"}), boost::test_tools::per_element());
    BOOST_TEST(rows(Family::events) == 0u);
}

// cases/collect.md, P#8312: samples at t = 100, 7300, 110, 120 s.
BOOST_AUTO_TEST_CASE(a_clock_jump_is_quarantined_and_the_rest_stored) {
    uint64_t seq = 0;
    for (const int64_t at_s : {100, 7300, 110, 120}) {
        now = wall_from_unix_ms(start_ms + (at_s == 7300 ? 105 : at_s) * 1000);
        const auto outcome = apply(arrival(++seq, samples("up\n", {1}, start_ms + at_s * 1000)));
        BOOST_TEST((outcome->kind == (at_s == 7300 ? Kind::quarantined : Kind::applied)));
        BOOST_TEST(outcome->clock_ahead.count() == (at_s == 7300 ? 7'195'000 : 0));
    }
    BOOST_TEST(rows(Family::head) == 3u);
    BOOST_REQUIRE(sink.events.size() == 1u);
    BOOST_TEST(sink.events[0].kind == "clock_skew");
    BOOST_TEST(sink.events[0].message.find("web-1") == 0u);
}

BOOST_AUTO_TEST_CASE(any_time_at_all_can_be_sent) {
    uint64_t seq = 0;
    for (const int64_t at_ms : {std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min(), int64_t{0}}) {
        BOOST_TEST((apply(++seq, samples("up\n", {1}, at_ms)) == Kind::quarantined));
        const auto event =
            protocol::encode_entry(protocol::HostEvent{.at_unix_ms = at_ms, .source = "test", .message = "x"});
        BOOST_TEST((apply(++seq, event) == Kind::applied));
    }
    BOOST_TEST(std::count_if(sink.events.begin(), sink.events.end(),
                             [](const Event& event) { return event.kind == "clock_skew"; }) == 1);
}

BOOST_AUTO_TEST_CASE(a_time_before_1970_is_none_whatever_the_controllers_clock_says) {
    now = wall_from_unix_ms(60'000);
    BOOST_TEST((apply(1, samples("up\n", {1}, -1)) == Kind::quarantined));
    BOOST_TEST((apply(2, samples("up\n", {1}, 0)) == Kind::applied));
}

BOOST_AUTO_TEST_CASE(late_samples_of_a_backlog_are_stored) {
    BOOST_TEST((apply(1, samples("up\n", {1}, start_ms - 3 * 86'400'000)) == Kind::applied));
    BOOST_TEST(rows(Family::head) == 1u);
}

// P#3780: one agent sends 100,000 distinct label sets.
BOOST_AUTO_TEST_CASE(a_label_explosion_is_capped_and_named) {
    limits.series_per_agent_max = 100;
    open();
    uint64_t seq = 0;
    for (int batch = 0; batch < 10; ++batch) {
        std::string schema;
        for (int i = 0; i < 50; ++i) {
            schema += fmt::format("requests{{code=\"{}\",session=\"{}\"}}\n", i % 3, batch * 50 + i);
        }
        BOOST_TEST((apply(++seq, samples(schema, std::vector<double>(50, 1))) == Kind::applied));
    }
    BOOST_TEST(rows(Family::series) == 75u);
    BOOST_TEST(ingest->counts().refused_series == 425u);
    BOOST_REQUIRE(sink.events.size() == 1u);
    BOOST_TEST(sink.events[0].kind == "series_cap");
    BOOST_TEST(sink.events[0].message.find("label session has the most values") != std::string::npos);
    // The last quarter is the host's own.
    BOOST_TEST((apply(++seq, samples("node_load1\nrequests{session=\"x\"}\n", {1, 2})) == Kind::applied));
    BOOST_TEST(rows(Family::series) == 76u);
    agent.value = "web-2";
    BOOST_TEST((apply(1, samples("up\n", {1})) == Kind::applied));
    BOOST_TEST(rows(Family::series) == 77u);
}

BOOST_AUTO_TEST_CASE(the_refusal_tells_the_cap_that_was_met_and_the_label_that_exploded_before) {
    limits.series_per_agent_max = 100;
    open();
    std::string exploding;
    for (int i = 0; i < 75; ++i) {
        exploding += fmt::format("requests{{session=\"{}\"}}\n", i);
    }
    const auto ones = [](size_t count) { return std::vector<double>(count, 1); };
    BOOST_TEST((apply(1, samples(exploding, ones(75))) == Kind::applied));
    // The exploding one is gone; what comes now has another label with most values.
    const auto outcome = apply(arrival(2, samples("jobs{queue=\"a\"}\njobs{queue=\"b\"}\n", ones(2))));
    BOOST_TEST(
        outcome->over_cap ==
        "2 series over the 75 of its 100 that are not kept for the host's own names (what had samples in the last "
        "day counts) are not stored; label session has the most values, for example jobs{queue=\"a\"}");
}

BOOST_AUTO_TEST_CASE(what_had_no_samples_for_a_day_makes_room_also_for_an_unchanged_schema) {
    limits.series_per_agent_max = 4;  // three of applications
    open();
    const auto stored = [this](uint64_t seq, const std::string& schema, size_t lines) {
        const auto outcome = apply(arrival(seq, samples(schema, std::vector<double>(lines, 1), unix_ms(now))));
        BOOST_REQUIRE((outcome->kind == Kind::applied));
        return outcome->samples->values.size();
    };
    BOOST_TEST(stored(1, "a{x=\"1\"}\na{x=\"2\"}\na{x=\"3\"}\n", 3) == 3u);
    now += 1min;
    BOOST_TEST(stored(2, "a{x=\"1\"}\nb\nc\n", 3) == 1u);  // 2 and 3 ended now
    now += 23h;
    BOOST_TEST(stored(3, "a{x=\"1\"}\nb\nc\n", 3) == 1u);
    now += 61min;
    BOOST_TEST(stored(4, "a{x=\"1\"}\nb\nc\n", 3) == 3u);
    BOOST_TEST(rows(Family::series) == 5u);
    // What is known comes back whatever the cap, and then counts again.
    BOOST_TEST(stored(5, "a{x=\"1\"}\na{x=\"2\"}\nb\nc\nd\n", 5) == 4u);
    open();
    BOOST_TEST(stored(6, "d\na{x=\"1\"}\na{x=\"2\"}\nb\n", 4) == 3u);
}

BOOST_AUTO_TEST_CASE(a_host_may_have_so_many_series_ever) {
    limits.series_per_agent_max = 4;
    open();
    uint64_t seq = 0;
    size_t refused = 0;
    for (int day = 0; day < 30; ++day, now += 25h) {  // three each day: 75 is three quarters of 25 times 4
        std::string schema;
        for (int i = 0; i < 3; ++i) {
            schema += fmt::format("a{{x=\"{}\"}}\n", 3 * day + i);
        }
        BOOST_REQUIRE(apply(arrival(++seq, samples(schema, {1, 1, 1}, unix_ms(now)))));  // those of before are counted
        now += 10min;
        const auto outcome = apply(arrival(++seq, samples(schema, {1, 1, 1}, unix_ms(now))));
        refused += 3 - outcome->samples->values.size();
        BOOST_TEST((day < 25 || outcome->over_cap.starts_with("3 series over the 75 that a host may have ever")));
    }
    BOOST_TEST(refused == 15u);
    const auto own = apply(arrival(++seq, samples("node_load1\na{x=\"0\"}\n", {1, 1}, unix_ms(now))));
    BOOST_TEST(own->samples->values.size() == 2u);
}

BOOST_AUTO_TEST_CASE(targets_and_checks_have_room_beside_an_explosion_and_never_take_the_hosts_own) {
    limits.series_per_agent_max = 16;  // 12 of applications, 15 with those of targets and checks
    open();
    std::string schema;
    for (int i = 0; i < 20; ++i) {
        schema += fmt::format("requests{{session=\"{}\"}}\n", i);
    }
    schema += "up{job=\"shop\"}\nprobe_success\nscrape_duration_seconds\nprobe_other\nupper\nnode_load1\n";
    const auto outcome = apply(arrival(1, samples(schema, std::vector<double>(26, 1))));
    BOOST_TEST(outcome->samples->values.size() == 16u);  // 12 requests, up, probe_success, scrape_…, node_load1
    BOOST_TEST(rows(Family::series) == 16u);
}

BOOST_AUTO_TEST_CASE(more_new_series_than_one_commit_takes_are_stored_in_several) {
    limits.schema_work_per_commit_max = 20;  // two new series are 22
    open();
    const auto entry = samples("a\nb\nc\na\nd\ne\n", {1, 2, 3, 4, 5, 6});
    for (const uint64_t stored : {2, 4}) {
        const auto outcome = apply(arrival(1, entry));
        BOOST_TEST((outcome->kind == Kind::unfinished));
        BOOST_TEST(outcome->last_applied == 0u);
        BOOST_TEST(!outcome->samples.has_value());
        BOOST_TEST(rows(Family::series) == stored);
        BOOST_TEST(rows(Family::head) == 0u);
        BOOST_TEST(cursor() == 0u);
    }
    const auto outcome = apply(arrival(1, entry));
    BOOST_TEST((outcome->kind == Kind::applied));
    BOOST_TEST((outcome->samples->series->ids == std::vector<uint64_t>{1, 2, 3, 4, 5}));
    BOOST_TEST((outcome->samples->values == std::vector<double>{1, 2, 3, 5, 6}));
    BOOST_TEST(rows(Family::series) == 5u);
    BOOST_TEST(cursor() == 1u);
    BOOST_TEST(ingest->counts().refused_series == 1u);  // a, which comes twice
    BOOST_TEST((apply(2, entry) == Kind::applied));
    BOOST_TEST(rows(Family::head) == 2u);
}

BOOST_AUTO_TEST_CASE(reports_of_one_commit_share_its_new_series) {
    limits.schema_work_per_commit_max = 20;  // two new series are 22
    open();
    std::vector<Kind> kinds;
    for (const uint64_t seq : {1, 2, 3}) {
        committer.submit(
            [&, seq](StoreBatch& batch) {
                const auto entry = samples(fmt::format("a{}\n", seq), {1});
                kinds.push_back(ingest->apply(arrival(seq, entry), batch)->kind);
            },
            [&](const Result<void>& stored) { ingest->on_committed(stored); });
    }
    committer.run_pending();
    BOOST_TEST((kinds == std::vector{Kind::applied, Kind::applied, Kind::unfinished}));
    BOOST_TEST((apply(3, samples("a3\n", {1})) == Kind::applied));
    BOOST_TEST(rows(Family::series) == 3u);
}

BOOST_AUTO_TEST_CASE(a_failed_commit_between_two_parts_of_a_report_starts_it_anew) {
    limits.schema_work_per_commit_max = 20;  // two new series are 22
    open();
    const auto entry = samples("a\nb\nc\nd\ne\n", {1, 2, 3, 4, 5});
    BOOST_TEST((apply(1, entry) == Kind::unfinished));
    memory.fail_commits_with = Error{ErrorCode::no_space, "disk full"};
    BOOST_TEST(!apply(arrival(1, entry)).has_value());
    memory.fail_commits_with.reset();
    BOOST_TEST((apply(1, entry) == Kind::unfinished));
    BOOST_TEST((apply(1, entry) == Kind::applied));
    BOOST_TEST(rows(Family::series) == 5u);
    BOOST_TEST(rows(Family::head) == 1u);
}

BOOST_AUTO_TEST_CASE(a_full_controller_says_so_and_keeps_what_it_has) {
    limits.series_max = 3;
    open();
    BOOST_TEST((apply(1, samples("a\nb\n", {1, 2})) == Kind::applied));
    BOOST_TEST((apply(2, samples("a\nb\nc\nd\ne\n", {1, 2, 3, 4, 5})) == Kind::applied));
    BOOST_TEST(rows(Family::series) == 3u);
    BOOST_TEST(ingest->counts().refused_series == 2u);
    BOOST_REQUIRE(sink.events.size() == 1u);
    BOOST_TEST(sink.events[0].kind == "series_total");
    BOOST_TEST(sink.events[0].message.starts_with("web-1: 2 series are not stored, for example d: "));
    agent.value = "web-2";
    BOOST_TEST((apply(1, samples("a\n", {1})) == Kind::applied));  // another host's are others
    BOOST_TEST(rows(Family::series) == 3u);
}

// NE#2317: one bad line keeps the others.
BOOST_AUTO_TEST_CASE(bad_and_double_series_are_left_out_alone) {
    const auto outcome = apply(arrival(1, samples("a\n1b\nc\na\ninstance_x{instance=\"mine\"}\n", {1, 2, 3, 4, 5})));
    BOOST_REQUIRE(outcome->samples.has_value());
    BOOST_TEST((outcome->samples->values == std::vector<double>{1, 3, 5}));
    const auto& labels = outcome->samples->series->watched.at(2).labels;
    BOOST_TEST(labels.at("instance") == "web-1");
    BOOST_TEST(labels.at("exported_instance") == "mine");
    BOOST_REQUIRE(sink.events.size() == 1u);
    BOOST_TEST(sink.events[0].kind == "bad_series");
    BOOST_TEST(sink.events[0].message.find("1b") != std::string::npos);
}

// Prometheus' labels of a target: an application's rules and dashboards ask for its job.
BOOST_AUTO_TEST_CASE(an_applications_job_counts_but_for_the_hosts_own) {
    const auto outcome = apply(arrival(1, samples("a\na{job=\"\"}\na{job=\"node\"}\na{job=\"shop\"}\n"
                                                  "a{exported_job=\"x\",job=\"node\"}\n",
                                                  {1, 2, 3, 4, 5})));
    BOOST_REQUIRE(outcome->samples.has_value());
    std::vector<LabelSet> labels;
    for (const auto& watched : outcome->samples->series->watched) {
        labels.push_back(watched.labels);
    }
    const std::vector<LabelSet> wanted{
        {{"__name__", "a"}, {"instance", "web-1"}, {"job", "node"}},
        {{"__name__", "a"}, {"exported_job", ""}, {"instance", "web-1"}, {"job", "node"}},
        {{"__name__", "a"}, {"exported_job", "node"}, {"instance", "web-1"}, {"job", "node"}},
        {{"__name__", "a"}, {"instance", "web-1"}, {"job", "shop"}},
        {{"__name__", "a"},
         {"exported_exported_job", "node"},
         {"exported_job", "x"},
         {"instance", "web-1"},
         {"job", "node"}},
    };
    BOOST_TEST((labels == wanted));
}

BOOST_AUTO_TEST_CASE(only_watched_series_carry_their_labels) {
    ingest = std::move(*Ingest::open(store, sink, limits, [](const LabelSet& labels) {
        const auto& name = labels.at("__name__");
        return SeriesInterest{.wants_labels = name == "load",
                              .readers = name == "up" ? std::vector<uint32_t>{7, 3} : std::vector<uint32_t>{}};
    }));
    const auto outcome = apply(arrival(1, samples("up\nload\nidle\n", {1, 0.5, 99})));
    BOOST_REQUIRE(outcome->samples.has_value());
    const auto& received = *outcome->samples;
    BOOST_TEST(received.series->ids.size() == 3u);
    BOOST_REQUIRE(received.series->watched.size() == 1u);
    BOOST_TEST(received.series->watched[0].labels.at("__name__") == "load");
    BOOST_TEST(received.values.at(received.series->watched[0].place) == 0.5);
    BOOST_TEST((received.series->readers == std::vector<uint32_t>{3, 7}));
}

// Ten thousand hosts come back to a restarted controller: what each costs must not grow with its series.
BOOST_AUTO_TEST_CASE(a_restart_learns_a_hosts_series_with_one_scan) {
    std::string schema;
    for (int i = 0; i < 100; ++i) {
        schema += fmt::format("reading{{place=\"{}\"}}\n", i);
    }
    const auto entry = samples(schema, std::vector<double>(100, 1));
    apply(1, entry);
    open();
    store.gets_tried = store.scans_tried = 0;
    BOOST_TEST((apply(2, entry) == Kind::applied));
    BOOST_TEST(store.gets_tried == 0u);
    BOOST_TEST(store.scans_tried == 2u);  // its cursors and its series
    BOOST_TEST((apply(3, entry) == Kind::applied));
    BOOST_TEST(store.scans_tried == 2u);
    BOOST_TEST(rows(Family::series) == 100u);
}

BOOST_AUTO_TEST_CASE(old_events_are_erased_and_no_samples) {
    apply(1, samples("up\n1b\n", {1, 1}));
    BOOST_TEST(rows(Family::events) == 1u);
    now += limits.event_retention - 1h;
    committer.submit([&](StoreBatch& batch) { ingest->retire(now, batch); }, {});
    committer.run_pending();
    BOOST_TEST(rows(Family::events) == 1u);
    now += 2h;
    committer.submit([&](StoreBatch& batch) { ingest->retire(now, batch); }, {});
    committer.run_pending();
    BOOST_TEST(rows(Family::events) == 0u);
    BOOST_TEST(rows(Family::head) == 1u);
    StoreBatch batch;
    ingest->retire(now, batch);
    BOOST_TEST(batch.is_empty());
}

BOOST_AUTO_TEST_CASE(incarnations_are_bounded) {
    limits.incarnations_max = 3;
    open();
    const auto entry = samples("up\n", {1});
    for (uint64_t incarnation = 1; incarnation <= 5; ++incarnation) {
        now += 1s;
        auto one = arrival(1, entry);
        one.incarnation = incarnation;
        BOOST_TEST((apply(one)->kind == Kind::applied));
    }
    std::vector<uint64_t> kept;
    const auto cursors = durable_cursors(memory, agent).value();
    for (const auto& one : cursors) {
        kept.push_back(one.incarnation);
    }
    BOOST_TEST((kept == std::vector<uint64_t>{3, 4, 5}));
}

// A network that repeats and reorders, a store that fails now and then, restarts: what is stored is a prefix without
// holes, each once, and in the end everything.
BOOST_AUTO_TEST_CASE(seeded_chaos_stores_everything_once) {
    for (unsigned seed = 1; seed <= 20; ++seed) {
        IngestFixture world;
        std::mt19937 engine(seed);
        constexpr uint64_t entries = 60;
        for (int step = 0; world.cursor() < entries; ++step) {
            BOOST_REQUIRE(step < 20'000);
            if (engine() % 50 == 0) {
                world.open();
            }
            world.store.fail_from_commit = engine() % 5 == 0 ? world.store.commits_tried + 1 : 0;
            const auto submissions = 1 + engine() % 4;
            std::deque<std::string> sent;
            for (unsigned i = 0; i < submissions; ++i) {
                const auto seq = 1 + std::min<uint64_t>(entries - 1, world.cursor() + engine() % 3);
                const auto schema = fmt::format("a\nx{}\n", seq % 7);
                sent.push_back(seq % 5 == 0 ? run_report(std::to_string(seq))
                                            : samples(schema, {static_cast<double>(seq), 0}));
                world.committer.submit(
                    [&world, seq, entry = sent.back()](StoreBatch& batch) {
                        BOOST_TEST(world.ingest->apply(world.arrival(seq, entry), batch).has_value());
                    },
                    [&world](const Result<void>& stored) { world.ingest->on_committed(stored); });
            }
            world.committer.run_pending();
            const auto last = world.cursor();
            BOOST_TEST(world.rows(Family::head) + world.rows(Family::runs) == last);
        }
        BOOST_TEST(world.rows(Family::series) == 8u);  // a, x0 to x6
    }
}

BOOST_AUTO_TEST_SUITE_END()
