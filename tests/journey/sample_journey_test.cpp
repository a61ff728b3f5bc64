// From the text of /proc/meminfo to the page. The first case walks the stops of docs/design/life-of-a-sample.md one by
// one; the others show that no accident on the way loses a reading or a page, or repeats one.
//
// The rule of most cases (journey_controller.cpp): node_memory_MemAvailable_bytes < 1e9 for 1m. The kernel counts in
// units of 1024 bytes, so 1,000,000 kB are 1,024,000,000 bytes, enough, and 900,000 kB are 921,600,000 bytes, too few.
#include "agent/collect/meminfo.hpp"

#include <boost/test/unit_test.hpp>
#include "controller/series/select.hpp"
#include "protocol/codec/codec.hpp"
#include "tests/journey/journey.hpp"

namespace vigie::journey {
namespace {
using Pages = std::vector<std::string>;
using controller::alerts::Phase;
using protocol::Stream;

constexpr uint64_t enough_kib = 1'000'000;
constexpr uint64_t too_few_kib = 900'000;
constexpr double too_few_bytes = 900'000.0 * 1024;
constexpr auto metric = "node_memory_MemAvailable_bytes";

// Where the series stands in a batch's schema, which has one line for each value.
double value_of(const protocol::SampleBatch& batch, std::string_view series) {
    const auto at = ("\n" + batch.schema).find("\n" + std::string(series) + "\n");
    BOOST_REQUIRE(at != std::string::npos);
    const auto line = std::count(batch.schema.begin(), batch.schema.begin() + static_cast<long>(at), '\n');
    return batch.values.at(static_cast<size_t>(line));
}

// The one verdict of the one rule on a host that reports only this series.
controller::rules::Verdict verdict_on(const controller::rules::RuleSet& rules, double bytes, WallTime at) {
    const controller::rules::Labels labels{{"__name__", metric}, {"instance", host.value}};
    const std::vector<controller::rules::SeriesSample> samples{{labels, bytes}};
    return rules.judge({host, at, samples}, [](const auto&) { return true; }).at(0).verdicts.at(0);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sample_journey, Journey)

BOOST_AUTO_TEST_CASE(walks_the_eleven_stops) {
    // Six readings of too little memory, at 0, 10… 50 s; the one that is followed here is the seventh, at 60 s, when
    // the minute is over.
    set_available_kib(too_few_kib);
    const auto breach_began = clock.wall();
    run_for(60s);
    BOOST_REQUIRE(pages().empty());

    // 1 agent/collect/meminfo: text of a kernel file -> a reading with units
    const auto reading = must(agent::parse_meminfo(meminfo()));
    BOOST_TEST(reading.available_bytes == 900'000u * 1024u);

    read();  // stops 1 to 5 in the agent: agent/app/sample_path.cpp

    // 2 agent/collect: a tick of the clock -> one batch, series keys and values
    const auto row = must(agent->outbox().read_from(Stream::metrics, 7, 1 << 20)).at(0);
    const auto batch = std::get<protocol::SampleBatch>(must(protocol::decode_entry(row.bytes)));
    BOOST_TEST(value_of(batch, metric) == too_few_bytes);
    BOOST_TEST(batch.sampled_at_unix_ms == unix_ms(breach_began) + 60'000);

    // 3 protocol/codec: the batch -> the entry's bytes, the same on disk and on the wire
    BOOST_TEST(protocol::encode_entry(protocol::Entry{batch}) == row.bytes);

    // 4 agent/outbox: the bytes -> a number within stream and incarnation, kept until acknowledged
    BOOST_TEST(row.seq == 7u);
    BOOST_TEST(agent->outbox().unacked_rows(Stream::metrics) == 1u);

    // 5 agent/link: what the outbox holds -> frames on the connection
    BOOST_REQUIRE(wire.to_controller.size() == 1u);
    BOOST_TEST(must(protocol::decode_header(wire.to_controller.front().header)).seq == 7u);
    BOOST_TEST(wire.to_controller.front().body == row.bytes);

    controller->take_frames();

    // 6 controller/link: frames -> (agent, stream, incarnation, number, entry), in order
    const auto& arrived = controller->arrived.back();
    BOOST_TEST(arrived.agent.value == "web-1");
    BOOST_TEST((arrived.stream == Stream::metrics));
    BOOST_TEST(arrived.incarnation == agent->outbox().state(Stream::metrics).incarnation);
    BOOST_TEST(arrived.seq == 7u);
    BOOST_TEST(arrived.entry == row.bytes);
    BOOST_TEST(cursor() == 6u);  // nothing of it is durable yet

    const auto commits = controller->commit();  // stops 7 to 10: controller/app/sample_path.cpp

    // 7 controller/ingest: the entry -> new rows and the moved cursor
    BOOST_TEST(controller->records().ingest().counts().applied == 7u);
    const auto newest = must(controller::latest(store, host, metric, clock.wall())).at(0).points.back();
    BOOST_TEST(newest.value == too_few_bytes);
    BOOST_TEST((newest.at == breach_began + 60s));

    // 8 controller/rules: the samples -> verdicts
    const auto verdict = verdict_on(controller->records().rules(), too_few_bytes, newest.at);
    BOOST_TEST(verdict.is_true);  // 921,600,000 < 1e9
    BOOST_TEST(verdict.value == too_few_bytes);

    // 9 controller/alerts: verdicts -> transitions, and the notifications they need
    const auto fired = alert("LowMemory").state;
    BOOST_TEST((fired.phase == Phase::firing));
    BOOST_TEST((fired.active_since == breach_began));
    BOOST_TEST((fired.fired_at == breach_began + 60s));

    // 10 controller/store: rows, cursor, transitions, notifications: one batch
    BOOST_TEST(commits == 1u);
    BOOST_TEST(cursor() == 7u);
    BOOST_TEST(owed_pages() == 1u);
    BOOST_TEST(pages().empty());  // no page before it is stored

    controller->notify();

    // 11 controller/notify: stored notifications -> the on-call channel's answer
    BOOST_TEST(pages() == Pages{"firing LowMemory"}, boost::test_tools::per_element());
    settle();
    BOOST_TEST(owed_pages() == 0u);

    // The acknowledgement went back after stop 10.
    BOOST_TEST(agent->outbox().acked_seq(Stream::metrics) == 7u);
}

BOOST_AUTO_TEST_CASE(enough_memory_pages_nobody) {
    set_available_kib(enough_kib);
    run_for(300s);
    BOOST_TEST(pages().empty());
    BOOST_TEST(stored_at() == read_at, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_breach_pages_once_after_its_minute_and_resolves_once) {
    set_available_kib(too_few_kib);
    run_for(60s);  // readings at 0 to 50 s
    BOOST_TEST(pages().empty());
    run_for(300s);
    BOOST_TEST(pages() == Pages{"firing LowMemory"}, boost::test_tools::per_element());
    set_available_kib(enough_kib);
    run_for(300s);
    BOOST_TEST(pages() == (Pages{"firing LowMemory", "resolved LowMemory"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_breach_that_ends_within_its_minute_pages_nobody) {
    set_available_kib(too_few_kib);
    run_for(60s);
    set_available_kib(enough_kib);
    run_for(300s);
    BOOST_TEST(pages().empty());
}

BOOST_AUTO_TEST_CASE(a_controller_that_dies_before_the_page_pages_once) {
    set_available_kib(too_few_kib);
    const auto breach_began = clock.wall();
    run_for(60s);
    read();
    controller->take_frames();
    controller->commit();
    BOOST_TEST(owed_pages() == 1u);
    BOOST_TEST(pages().empty());

    crash_controller();
    wait(10s);
    run_for(120s);
    BOOST_TEST(pages() == Pages{"firing LowMemory"}, boost::test_tools::per_element());
    BOOST_TEST((alert("LowMemory").state.active_since == breach_began));
    BOOST_TEST(stored_at() == read_at, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_controller_that_dies_before_the_commit_is_sent_the_entry_again) {
    set_available_kib(too_few_kib);
    const auto breach_began = clock.wall();
    run_for(60s);
    read();
    controller->take_frames();

    crash_controller();
    BOOST_TEST(cursor() == 6u);
    BOOST_TEST(pages().empty());
    wait(10s);
    run_for(120s);
    BOOST_TEST(pages() == Pages{"firing LowMemory"}, boost::test_tools::per_element());
    BOOST_TEST((alert("LowMemory").state.fired_at == breach_began + 60s));
    BOOST_TEST(stored_at() == read_at, boost::test_tools::per_element());
}

// The one page that may come twice: the channel has it, and the note of that is lost.
// The rule avg_over_time(…[1m]) < 5e8 needs more than one batch: its group evaluates it over what is stored.
// 400,000 kB are 409,600,000 bytes.
BOOST_AUTO_TEST_CASE(a_controller_that_dies_between_an_evaluation_and_its_commit_evaluates_again_and_pages_once) {
    set_available_kib(400'000);
    read();
    controller->take_frames();
    controller->commit();
    controller->evaluate_rules();
    BOOST_TEST(controller->queued() == 1u);
    BOOST_TEST(pages().empty());

    crash_controller();
    BOOST_TEST(alert("LowForAWhile").name.empty());
    wait(10s);
    run_for(30s);
    BOOST_TEST(pages() == Pages{"firing LowForAWhile"}, boost::test_tools::per_element());
    crash_controller();
    run_for(20s);
    BOOST_TEST(pages() == Pages{"firing LowForAWhile"}, boost::test_tools::per_element());
    set_available_kib(4'000'000);
    run_for(60s);
    BOOST_TEST(pages() == (Pages{"firing LowForAWhile", "resolved LowForAWhile"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_controller_that_dies_before_it_notes_the_answer_posts_again_under_the_same_key) {
    set_available_kib(too_few_kib);
    run_for(60s);
    read();
    controller->take_frames();
    controller->commit();
    controller->notify();

    crash_controller();
    run_for(120s);
    BOOST_TEST(pages() == (Pages{"firing LowMemory", "firing LowMemory"}), boost::test_tools::per_element());
    BOOST_TEST(page_key(0) == page_key(1));
    BOOST_TEST(page_key(0) != "");
}

BOOST_AUTO_TEST_CASE(an_agent_that_dies_stores_every_reading_once) {
    set_available_kib(enough_kib);
    run_for(30s);
    read();  // in the outbox, its frames on the wire
    crash_agent();
    wait(10s);
    run_for(30s);
    read();
    controller->take_frames();
    controller->commit();  // durable, its acknowledgement on the wire
    crash_agent();
    wait(10s);
    run_for(60s);
    BOOST_TEST(stored_at() == read_at, boost::test_tools::per_element());
    BOOST_TEST(cursor() == read_at.size());
}

// The copy numbers more entries offline than the original had sent since, so its end looks like that of an outbox that
// only went on; the numbers in between mean two things.
BOOST_AUTO_TEST_CASE(a_host_set_back_to_an_older_image_loses_none_of_what_it_reads_afterwards) {
    set_available_kib(enough_kib);
    run_for(30s);
    copy_outbox(folder / "image");
    wait(10s);
    run_for(30s);  // the controller has them, the copy does not know
    BOOST_TEST(cursor() == 6u);
    wire.is_up = false;
    set_host_back(folder / "image");
    for (int reading = 0; reading < 5; ++reading) {
        wait(10s);
        read();  // numbers 4 to 8
    }
    BOOST_TEST(agent->outbox().state(protocol::Stream::metrics).next_seq == 9u);
    wire.is_up = true;
    wait(120s);
    BOOST_TEST(stored_at() == read_at, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_the_controller_learnt_of_an_outbox_survives_its_own_death) {
    set_available_kib(enough_kib);
    run_for(30s);
    copy_outbox(folder / "image");
    wait(10s);
    run_for(30s);
    wire.is_up = false;
    crash_controller();
    set_host_back(folder / "image");
    for (int reading = 0; reading < 5; ++reading) {
        wait(10s);
        read();
    }
    wire.is_up = true;
    wait(120s);
    BOOST_TEST(stored_at() == read_at, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_read_while_the_connection_is_lost_arrives_later_and_pages_once) {
    set_available_kib(too_few_kib);
    const auto breach_began = clock.wall();
    run_for(20s);
    wire.lose();
    wire.is_up = false;
    run_for(20s);  // less than the three heartbeats after which a host is silent
    BOOST_TEST(cursor() == 2u);
    wire.is_up = true;
    run_for(120s);
    BOOST_TEST(pages() == Pages{"firing LowMemory"}, boost::test_tools::per_element());
    BOOST_TEST((alert("LowMemory").state.active_since == breach_began));
    BOOST_TEST((alert("LowMemory").state.fired_at == breach_began + 60s));
    BOOST_TEST(stored_at() == read_at, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_entry_that_arrives_twice_is_stored_once) {
    wire.repeats_batches = true;
    set_available_kib(too_few_kib);
    run_for(90s);
    BOOST_TEST(stored_at() == read_at, boost::test_tools::per_element());
    BOOST_TEST(pages() == Pages{"firing LowMemory"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_entry_that_the_link_offers_twice_is_stored_once) {
    set_available_kib(too_few_kib);
    run_for(90s);
    for (const auto& again : controller->arrived) {
        BOOST_TEST(controller->path().offer(again.agent, again.stream, again.incarnation, again.seq, again.entry));
    }
    settle();
    BOOST_TEST(controller->records().ingest().counts().duplicates == read_at.size());
    BOOST_TEST(stored_at() == read_at, boost::test_tools::per_element());
    BOOST_TEST(pages() == Pages{"firing LowMemory"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_full_disk_loses_nothing_and_pages_once) {
    set_available_kib(too_few_kib);
    const auto breach_began = clock.wall();
    run_for(40s);
    store.fail_commits_with = Error{ErrorCode::no_space, "disk full"};
    run_for(60s);
    BOOST_TEST(cursor() == 4u);
    BOOST_TEST(pages().empty());
    store.fail_commits_with.reset();
    run_for(120s);
    BOOST_TEST(pages() == Pages{"firing LowMemory"}, boost::test_tools::per_element());
    BOOST_TEST((alert("LowMemory").state.active_since == breach_began));
    BOOST_TEST((alert("LowMemory").state.fired_at == breach_began + 60s));
    BOOST_TEST(stored_at() == read_at, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_channel_that_fails_is_tried_until_it_takes_the_page) {
    set_available_kib(too_few_kib);
    on_call.status = 503;
    run_for(90s);
    BOOST_TEST(owed_pages() == 1u);
    on_call.status = 200;
    run_for(120s);  // the longest pause between attempts is one minute
    BOOST_TEST(owed_pages() == 0u);
    for (size_t i = 0; i < on_call.requests.size(); ++i) {
        BOOST_TEST(page_key(i) == page_key(0));
    }
}

BOOST_AUTO_TEST_CASE(a_host_that_falls_silent_pages_once_and_once_more_when_it_is_back) {
    set_available_kib(enough_kib);
    run_for(60s);
    agent.reset();
    wire.lose();
    wait(29s);  // three heartbeats of ten seconds have not passed
    BOOST_TEST(pages().empty());
    wait(600s);
    BOOST_TEST(pages() == Pages{"firing HostSilent"}, boost::test_tools::per_element());
    agent = std::make_unique<Agent>(folder.path(), *this);
    run_for(60s);
    BOOST_TEST(pages() == (Pages{"firing HostSilent", "resolved HostSilent"}), boost::test_tools::per_element());
    BOOST_TEST(stored_at() == read_at, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_host_that_falls_silent_pages_once_although_the_controller_dies) {
    run_for(60s);
    agent.reset();
    wire.lose();
    wait(60s);
    BOOST_TEST(pages() == Pages{"firing HostSilent"}, boost::test_tools::per_element());
    crash_controller();
    wait(600s);
    BOOST_TEST(pages() == Pages{"firing HostSilent"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::journey
