#include "controller/app/snapshots.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/store/memory_store.hpp"

namespace vigie::controller {
namespace {

const AgentId web{"web-1"};
const std::string some_id(64, 'a');

protocol::RunReport report(std::string run, protocol::RunState state = protocol::RunState::succeeded) {
    protocol::RunReport report;
    report.run_id = std::move(run);
    report.job = "backup-files";
    report.state = state;
    report.ended_at_unix_ms = 1'800'000'000'000;
    report.report_json =
        R"({"snapshot":")" + some_id +
        R"(","files_new":2,"files_changed":3,"files_unmodified":4,"source_bytes":100,"added_bytes":10})";
    return report;
}

void store_snapshot(MemoryStore& store, const AgentId& agent, const std::string& run) {
    StoreBatch batch;
    put_snapshot(*snapshot_of(agent, report(run)), batch);
    BOOST_REQUIRE(store.commit(batch).has_value());
}

std::vector<std::string> runs_of(const MemoryStore& store, const std::string& host, size_t count_max = 10) {
    const auto snapshots = list_snapshots(store, host, count_max);
    BOOST_REQUIRE(snapshots.has_value());
    std::vector<std::string> runs;
    for (const auto& snapshot : *snapshots) {
        runs.push_back(snapshot.run);
    }
    return runs;
}
using Runs = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_SUITE(snapshots)

BOOST_AUTO_TEST_CASE(the_end_of_a_backup_leaves_its_snapshot) {
    const auto snapshot = snapshot_of(web, report("01"));
    BOOST_REQUIRE(snapshot.has_value());
    BOOST_TEST(snapshot->id == some_id);
    BOOST_TEST(snapshot->state == "succeeded");
    BOOST_TEST(snapshot->files == 2u + 3u + 4u);
    BOOST_TEST(snapshot->bytes == 100u);
    BOOST_TEST(snapshot->bytes_added == 10u);
}

BOOST_AUTO_TEST_CASE(a_partial_backup_leaves_one_that_says_so) {
    BOOST_TEST(snapshot_of(web, report("01", protocol::RunState::partial))->state == "partial");
}

BOOST_AUTO_TEST_CASE(runs_that_left_none_give_none) {
    BOOST_TEST(!snapshot_of(web, report("01", protocol::RunState::failed)));
    BOOST_TEST(!snapshot_of(web, report("01", protocol::RunState::running)));
    auto other = report("01");
    for (const auto* json : {"", "{", "[]", "{}", R"({"snapshot":7})", R"({"snapshot":"short"})"}) {
        other.report_json = json;
        BOOST_TEST(!snapshot_of(web, other), json);
    }
}

BOOST_AUTO_TEST_CASE(fields_of_another_type_count_as_nothing) {
    auto odd = report("01");
    odd.report_json = R"({"snapshot":")" + some_id + R"(","files_new":-1,"source_bytes":"many"})";
    const auto snapshot = snapshot_of(web, odd);
    BOOST_REQUIRE(snapshot.has_value());
    BOOST_TEST(snapshot->files == 0u);
    BOOST_TEST(snapshot->bytes == 0u);
}

BOOST_AUTO_TEST_CASE(the_newest_come_first_of_one_host_or_all) {
    MemoryStore store;
    store_snapshot(store, web, "01");
    store_snapshot(store, AgentId{"db-1"}, "02");
    store_snapshot(store, web, "03");
    BOOST_TEST(runs_of(store, "") == (Runs{"03", "02", "01"}), boost::test_tools::per_element());
    BOOST_TEST(runs_of(store, "web-1") == (Runs{"03", "01"}), boost::test_tools::per_element());
    BOOST_TEST(runs_of(store, "", 2) == (Runs{"03", "02"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_damaged_row_is_named) {
    MemoryStore store;
    StoreBatch batch;
    batch.put(Family::backups, "07", "not json");
    BOOST_REQUIRE(store.commit(batch).has_value());
    const auto snapshots = list_snapshots(store, "", 10);
    BOOST_REQUIRE(!snapshots.has_value());
    BOOST_TEST((snapshots.error().code == ErrorCode::corrupt));
    BOOST_TEST(snapshots.error().message.find("07") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::controller
