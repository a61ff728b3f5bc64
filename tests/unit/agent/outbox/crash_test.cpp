// What is left after a kill, a power cut, damage, and a failure at every single write.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/unit/agent/outbox/failing_vfs.hpp"
#include "tests/unit/agent/outbox/state_fixture.hpp"

namespace vigie::agent {
using protocol::RunState;
using protocol::Stream;
using tests::StateFixture;

namespace {

constexpr uint64_t everything = UINT64_MAX;

std::vector<OutboxRow> read_all(Outbox& outbox, Stream stream) {
    auto rows = outbox.read_from(stream, 1, everything);
    BOOST_REQUIRE(rows);
    return std::move(*rows);
}

std::vector<std::string> texts_of(Outbox& outbox, Stream stream) {
    std::vector<std::string> texts;
    for (auto& row : read_all(outbox, stream)) {
        texts.push_back(std::move(row.bytes));
    }
    return texts;
}

// Appends and acks whatever fails, and gives what the outbox promised to keep of the results.
std::map<uint64_t, std::string> work_until_done(StateFixture& fixture, const std::string& path) {
    std::map<uint64_t, std::string> promised;
    const auto opened = fixture.try_open(path);
    if (!opened) {
        return promised;
    }
    auto& box = (*opened)->outbox();
    for (int i = 0; i < 12; ++i) {
        const auto text = fmt::format("result {} {}", i, std::string(200, 'r'));
        if (const auto seq = box.append(Stream::results, text)) {
            promised[*seq] = text;
        }
        std::ignore = box.append(Stream::metrics, std::string(500, 'm'), Durability::relaxed);
        std::ignore = box.acked(Stream::metrics, box.state(Stream::metrics).incarnation, 1);
    }
    return promised;
}

protocol::RunReport report_of(const std::string& run_id, RunState state) {
    protocol::RunReport report;
    report.run_id = run_id;
    report.state = state;
    return report;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(crash, StateFixture)

BOOST_AUTO_TEST_CASE(a_killed_process_loses_nothing) {
    open();
    for (int i = 1; i <= 40; ++i) {
        append(Stream::results, fmt::format("r{}", i));
        append(Stream::metrics, fmt::format("m{}", i), Durability::relaxed);
        auto copy = try_open(crash_copy("killed.db", log_bytes()));
        BOOST_REQUIRE(copy);
        BOOST_TEST((*copy)->outbox().state(Stream::results).next_seq == static_cast<uint64_t>(i) + 1);
        BOOST_TEST((*copy)->outbox().state(Stream::metrics).next_seq == static_cast<uint64_t>(i) + 1);
        BOOST_TEST(texts_of((*copy)->outbox(), Stream::metrics).back() == fmt::format("m{}", i));
    }
}

// The log is cut at every length from what was last synced to what was written.
BOOST_AUTO_TEST_CASE(a_power_cut_loses_relaxed_appends_from_the_end_and_nothing_that_was_given_out) {
    open();
    append(Stream::metrics, "given", Durability::relaxed);
    BOOST_TEST(outbox().read_from(Stream::metrics, 1, everything)->size() == 1u);
    const auto synced = log_bytes();
    append(Stream::metrics, "lost1", Durability::relaxed);
    append(Stream::metrics, "lost2", Durability::relaxed);
    const auto written = log_bytes();
    BOOST_TEST(written > synced);
    size_t most = 0;
    for (auto cut = synced; cut <= written; cut += 500) {
        auto copy = try_open(crash_copy("cut.db", cut));
        BOOST_REQUIRE(copy);
        BOOST_TEST(!(*copy)->quarantined_at().has_value());
        const auto left = texts_of((*copy)->outbox(), Stream::metrics);
        const std::vector<std::string> all{"given", "lost1", "lost2"};
        BOOST_TEST(left.size() >= 1u);
        BOOST_TEST(std::equal(left.begin(), left.end(), all.begin()));
        BOOST_TEST(left.size() >= most);
        most = left.size();
    }
}

BOOST_AUTO_TEST_CASE(a_run_and_its_report_are_both_there_or_neither) {
    open();
    protocol::JobStart order;
    order.run_id = "r1";
    BOOST_REQUIRE(runs().record_starting(order, clock.wall()));
    const auto before = log_bytes();
    BOOST_REQUIRE(runs().record(report_of("r1", RunState::succeeded), clock.wall()));
    const auto after = log_bytes();
    for (auto cut = before; cut <= after; cut += 500) {
        auto copy = try_open(crash_copy("cut.db", cut));
        BOOST_REQUIRE(copy);
        const auto run = (*copy)->runs().find("r1");
        BOOST_REQUIRE((run && *run));
        const bool is_reported = !texts_of((*copy)->outbox(), Stream::results).empty();
        BOOST_TEST(is_reported == ((*run)->state == RunState::succeeded));
        BOOST_TEST((cut < after || is_reported));
    }
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_database_is_put_aside_and_a_new_incarnation_begins) {
    open();
    append(Stream::results, "r");
    const auto before = outbox().state(Stream::results).incarnation;
    state.reset();
    std::ofstream(path, std::ios::trunc) << std::string(8192, 'x');
    open();
    BOOST_TEST(state->quarantined_at().has_value());
    BOOST_TEST(outbox().state(Stream::results).incarnation != before);
    BOOST_TEST(append(Stream::results, "r") == 1u);
    BOOST_TEST(std::filesystem::file_size(path + ".corrupt") == 8192u);
    reopen();
    BOOST_TEST(!state->quarantined_at().has_value());
}

BOOST_AUTO_TEST_CASE(damage_in_any_page_is_found_or_harmless) {
    open();
    for (int i = 0; i < 60; ++i) {
        append(Stream::results, std::string(700, 'r'));
    }
    state.reset();
    const auto pages = file_bytes() / 4096;
    int found = 0;
    for (uintmax_t page = 0; page < pages; ++page) {
        const auto copy = crash_copy("damaged.db", 0);
        std::fstream file(copy, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(static_cast<std::streamoff>(page * 4096));
        file << std::string(64, '\x55');
        file.close();
        auto opened = try_open(copy);
        BOOST_REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().message));
        found += (*opened)->quarantined_at() ? 1 : 0;
    }
    BOOST_TEST(found > 0);
}

BOOST_AUTO_TEST_CASE(a_newer_schema_and_a_foreign_database_are_refused_and_left_alone) {
    open();
    state.reset();
    tests::run_sql(path, "PRAGMA user_version=99");
    const auto newer = try_open(path);
    BOOST_REQUIRE(!newer);
    BOOST_TEST((newer.error().code == ErrorCode::unsupported));
    BOOST_TEST(newer.error().message.find("99") != std::string::npos);
    const auto foreign = folder / "foreign.db";
    tests::run_sql(foreign, "CREATE TABLE t(x)");
    BOOST_TEST((try_open(foreign).error().code == ErrorCode::unsupported));
    BOOST_TEST(!std::filesystem::exists(path + ".corrupt"));
}

BOOST_AUTO_TEST_CASE(a_second_process_is_kept_out) {
    open();
    append(Stream::results, "r");
    const auto second = try_open(path);
    BOOST_REQUIRE(!second);
    BOOST_TEST((second.error().code == ErrorCode::conflict));
    BOOST_TEST(second.error().message.find(path + " is in use by another process") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_file_is_for_its_owner_only) {
    open();
    const auto allowed = std::filesystem::status(path).permissions();
    BOOST_TEST((allowed == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write)));
}

// Every write, sync and truncation fails once. Whatever failed, the outbox says so or goes on, and after a restart what
// it promised is there, once, under the number it gave.
BOOST_DATA_TEST_CASE_F(StateFixture, survives_a_failure_of_every_operation, boost::unit_test::data::xrange(2), mode) {
    const bool is_for_ever = mode == 1;  // a dead disk, and not only one failed operation
    options.outbox.entries_max = 4000_B;
    options.sqlite_vfs = tests::FailingVfs::name;
    tests::FailingVfs::install();
    int operation = 0;
    for (bool has_failed = true; has_failed;) {
        const auto at = folder / fmt::format("fail{}.db", ++operation);
        tests::FailingVfs::fail_at(operation, is_for_ever);
        auto promised = work_until_done(*this, at);
        has_failed = tests::FailingVfs::has_failed();
        tests::FailingVfs::fail_at(0);
        auto again = try_open(at);
        BOOST_REQUIRE_MESSAGE(again, (again ? "" : again.error().message));
        BOOST_TEST((!(*again)->quarantined_at()), "operation " << operation);
        for (const auto& row : read_all((*again)->outbox(), Stream::results)) {
            const auto known = promised.find(row.seq);
            BOOST_TEST((known == promised.end() || known->second == row.bytes), "operation " << operation);
            promised.erase(row.seq);
        }
        BOOST_TEST(promised.empty(), "operation " << operation << " lost " << promised.size());
    }
    BOOST_TEST(operation > 50);  // otherwise the failures were not hit at all
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
