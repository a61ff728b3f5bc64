// The outbox's file deleted, its write-ahead log deleted, a page overwritten: while the agent runs and while it does
// not.
#include <boost/test/unit_test.hpp>

#include "tests/unit/agent/outbox/state_fixture.hpp"

namespace vigie::agent {
using protocol::Stream;
using tests::StateFixture;

namespace {

constexpr uint64_t everything = UINT64_MAX;

struct Losses : StateFixture {
    uint64_t incarnation() { return outbox().state(Stream::metrics).incarnation; }
    std::vector<std::string> texts(Stream stream) {
        std::vector<std::string> texts;
        const auto rows = outbox().read_from(stream, 1, everything);
        BOOST_REQUIRE_MESSAGE(rows, (rows ? "" : rows.error().message));
        for (const auto& row : *rows) {
            texts.push_back(row.bytes);
        }
        return texts;
    }
    // The only notice since the last call.
    StateNotice notice() {
        auto notices = state->take_notices();
        BOOST_REQUIRE(notices.size() == 1u);
        return notices[0];
    }
    void overwrite_pages(uintmax_t first) {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        for (auto page = first; page < file_bytes() / 4096; ++page) {
            file.seekp(static_cast<std::streamoff>(page * 4096));
            file << std::string(4096, '\x55');
        }
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(outbox_lost_file, Losses)

BOOST_AUTO_TEST_CASE(files_that_stay_where_they_are_need_no_care) {
    open();
    for (int i = 0; i < 600; ++i) {  // several checkpoints of the log
        append(Stream::metrics, std::string(2000, 'm'));
        BOOST_REQUIRE(state->check_files().has_value());
    }
    BOOST_TEST(state->take_notices().empty());
    reopen();
    BOOST_TEST(state->take_notices().empty());
}

BOOST_AUTO_TEST_CASE(a_file_deleted_while_running_is_written_anew_under_the_same_numbers) {
    open();
    append(Stream::results, "r1");
    append(Stream::metrics, "m1", Durability::relaxed);
    const auto before = outbox().state(Stream::metrics);
    const auto generations = outbox().generations();
    std::filesystem::remove(path);
    std::filesystem::remove(path + "-wal");
    append(Stream::metrics, "m2");
    BOOST_REQUIRE(state->check_files().has_value());
    const auto told = notice();
    BOOST_TEST(!told.is_loss);
    BOOST_TEST(told.message.find("nothing is lost") != std::string::npos, told.message);
    BOOST_TEST(outbox().state(Stream::metrics).incarnation == before.incarnation);
    // The HELLO of the session under way told these, so that no number may come under another one.
    BOOST_TEST((outbox().generations() == generations));
    BOOST_TEST(append(Stream::metrics, "m3") == 3u);
    BOOST_REQUIRE(state->check_files().has_value());
    BOOST_TEST(state->take_notices().empty());
    reopen();
    BOOST_TEST(texts(Stream::metrics) == (std::vector<std::string>{"m1", "m2", "m3"}),
               boost::test_tools::per_element());
    BOOST_TEST(texts(Stream::results) == (std::vector<std::string>{"r1"}), boost::test_tools::per_element());
    BOOST_TEST(incarnation() == before.incarnation);
    BOOST_TEST(state->take_notices().empty());
}

BOOST_AUTO_TEST_CASE(a_log_deleted_while_running_is_no_loss_either) {
    open();
    append(Stream::results, "r1");
    std::filesystem::remove(path + "-wal");
    append(Stream::results, "r2");
    BOOST_REQUIRE(state->check_files().has_value());
    BOOST_TEST(!notice().is_loss);
    const auto allowed = std::filesystem::status(path).permissions();
    BOOST_TEST((allowed == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write)));
    reopen();
    BOOST_TEST(texts(Stream::results) == (std::vector<std::string>{"r1", "r2"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_file_that_was_replaced_by_another_is_written_over) {
    open();
    append(Stream::results, "r1");
    std::filesystem::remove(path);
    std::ofstream(path) << "something else";
    BOOST_REQUIRE(state->check_files().has_value());
    reopen();
    BOOST_TEST(texts(Stream::results) == (std::vector<std::string>{"r1"}), boost::test_tools::per_element());
}

// No room for the copy: what is open goes on working, and the next look tries again.
BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_written_anew_is_tried_again) {
    open();
    append(Stream::results, "r1");
    std::filesystem::remove(path);
    std::filesystem::create_directory(path + ".rescue");
    std::ofstream(path + ".rescue/in the way") << "x";
    BOOST_TEST(!state->check_files().has_value());
    BOOST_TEST(append(Stream::results, "r2") == 2u);
    std::filesystem::remove_all(path + ".rescue");
    BOOST_REQUIRE(state->check_files().has_value());
    reopen();
    BOOST_TEST(texts(Stream::results) == (std::vector<std::string>{"r1", "r2"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_file_deleted_while_stopped_begins_new_incarnations_and_is_told) {
    open();
    BOOST_TEST(state->take_notices().empty());  // the first ever
    append(Stream::results, "r1");
    const auto before = incarnation();
    state.reset();
    std::filesystem::remove(path);
    open();
    BOOST_TEST(incarnation() != before);
    const auto told = notice();
    BOOST_TEST(told.is_loss);
    BOOST_TEST(told.message.find("gone when the agent started") != std::string::npos, told.message);
    reopen();
    BOOST_TEST(state->take_notices().empty());
}

BOOST_AUTO_TEST_CASE(a_log_deleted_after_a_kill_is_told) {
    open();
    append(Stream::results, "r1");
    // What a kill leaves: the files as they are, and the mark of an agent that runs.
    const auto copy = crash_copy("killed.db", log_bytes());
    std::filesystem::copy_file(path + ".mark", copy + ".mark");
    std::filesystem::remove(copy + "-wal");
    auto opened = try_open(copy);
    BOOST_REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().message));
    state = std::move(*opened);
    const auto notices = state->take_notices();
    BOOST_REQUIRE(!notices.empty());
    BOOST_TEST(notices[0].is_loss);
}

BOOST_AUTO_TEST_CASE(a_kill_alone_is_no_loss) {
    open();
    append(Stream::results, "r1");
    const auto copy = crash_copy("killed.db", log_bytes());
    std::filesystem::copy_file(path + ".mark", copy + ".mark");
    auto opened = try_open(copy);
    BOOST_REQUIRE(opened);
    BOOST_TEST((*opened)->take_notices().empty());
}

BOOST_AUTO_TEST_CASE(damage_found_while_running_puts_the_file_aside_and_tells_what_was_in_it) {
    open();
    for (int i = 0; i < 400; ++i) {
        append(Stream::metrics, std::string(2000, 'm'));
    }
    append(Stream::results, "r");
    ack(Stream::metrics, 100);
    const auto before = incarnation();
    reopen();  // the cache is cold, and all is in the file
    overwrite_pages(8);
    const auto read = outbox().read_from(Stream::metrics, 1, everything);
    BOOST_REQUIRE(!read);
    BOOST_TEST((read.error().code == ErrorCode::corrupt), read.error().message);
    BOOST_REQUIRE(state->replace_damaged(read.error()).has_value());
    const auto told = notice();
    BOOST_TEST(told.is_loss);
    BOOST_TEST(told.message.find("1 results, 300 readings and 0 events") != std::string::npos, told.message);
    BOOST_TEST(incarnation() != before);
    BOOST_TEST(append(Stream::metrics, "m") == 1u);
    BOOST_TEST(std::filesystem::exists(path + ".corrupt"));
    protocol::JobStart order;
    order.run_id = "r1";
    BOOST_TEST(runs().record_starting(order, clock.wall()).has_value());
    BOOST_REQUIRE(state->check_files().has_value());
    reopen();
    BOOST_TEST(state->take_notices().empty());
    BOOST_TEST(texts(Stream::metrics) == (std::vector<std::string>{"m"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(damage_found_at_the_start_is_told) {
    open();
    append(Stream::results, "r1");
    state.reset();
    std::ofstream(path, std::ios::trunc) << std::string(8192, 'x');
    open();
    BOOST_TEST(notice().is_loss);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
