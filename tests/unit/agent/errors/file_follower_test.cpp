// Every line once, whatever a rotation does.
#include "agent/errors/file_follower.hpp"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "agent/errors/fnv_hash.hpp"
#include "tests/unit/agent/errors/fake_logs.hpp"

namespace vigie::agent::errors {
namespace {

constexpr const char* path = "/var/log/app.log";

struct World {
    FakeLogs logs;
    std::string seen;  // lines, each with a |
    std::unique_ptr<FileFollower> follower;

    World() { start(); }
    void start(std::optional<Position> known = {}, FileFollower::Begin begin = FileFollower::Begin::at_start,
               FollowLimits limits = {}) {
        follower = std::make_unique<FileFollower>(logs, path, known, begin, limits);
    }
    FollowOutcome poll() {
        const auto polled = follower->poll([this](std::string_view line) { seen.append(line) += '|'; });
        BOOST_REQUIRE(polled);
        return *polled;
    }
    void poll_often() {
        for (int i = 0; i < 20; ++i) {
            poll();
        }
    }
    // Ends, and begins again with what it knew.
    void restart() { start(follower->position()); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(file_follower, World)

BOOST_AUTO_TEST_CASE(lines_are_given_once_they_are_whole) {
    logs.append(path, "a\nb");
    poll();
    BOOST_TEST(seen == "a|");
    logs.append(path, "c\n\nd\n");
    poll();
    poll();
    BOOST_TEST(seen == "a|bc||d|");
}

BOOST_AUTO_TEST_CASE(a_log_that_was_there_before_is_read_from_its_end) {
    logs.append(path, "old\n");
    start({}, FileFollower::Begin::at_end);
    poll();
    logs.append(path, "new\n");
    poll();
    BOOST_TEST(seen == "new|");
}

BOOST_AUTO_TEST_CASE(a_log_that_comes_later_is_read_from_its_start) {
    start({}, FileFollower::Begin::at_end);
    poll();
    BOOST_TEST(follower->is_gone());
    logs.append(path, "first\n");
    poll();
    BOOST_TEST(seen == "first|");
    BOOST_TEST(!follower->is_gone());
}

BOOST_AUTO_TEST_CASE(a_renamed_log_is_read_to_its_end_before_the_new_one) {
    logs.append(path, "a\n");
    poll();
    const auto old = *logs.id_of(path);
    logs.append(path, "b\n");
    logs.rename(path, "/var/log/app.log.1");
    logs.append_to(old, "c\n");  // its writer has not heard of it yet
    logs.append(path, "d\n");
    poll_often();
    BOOST_TEST(seen == "a|b|c|d|");
}

BOOST_AUTO_TEST_CASE(a_writer_that_reopens_late_is_waited_for) {
    logs.append(path, "a\n");
    poll();
    const auto old = *logs.id_of(path);
    logs.rename(path, "/var/log/app.log.1");
    logs.append(path, "");  // made by the rotation
    for (int i = 0; i < 5; ++i) {
        poll();
    }
    logs.append_to(old, "b\n");
    poll();
    logs.append(path, "c\n");
    poll_often();
    BOOST_TEST(seen == "a|b|c|");
}

BOOST_AUTO_TEST_CASE(the_last_line_of_a_renamed_log_needs_no_end) {
    logs.append(path, "a");
    poll();
    logs.rename(path, "/var/log/app.log.1");
    logs.append(path, "b\n");
    poll_often();
    BOOST_TEST(seen == "a|b|");
}

BOOST_AUTO_TEST_CASE(a_truncated_log_begins_anew) {
    logs.append(path, "aaaa\n");
    poll();
    logs.truncate(path);
    logs.append(path, "b\n");
    poll();
    BOOST_TEST(seen == "aaaa|b|");
}

BOOST_AUTO_TEST_CASE(a_truncated_log_that_grew_beyond_is_noticed) {
    logs.append(path, "aaaa\n");
    poll();
    logs.truncate(path);
    logs.append(path, "bbbb\nc\nd\n");
    poll();
    BOOST_TEST(seen == "aaaa|bbbb|c|d|");
}

BOOST_AUTO_TEST_CASE(a_restart_goes_on_where_it_was) {
    logs.append(path, "a\nb");
    poll();
    logs.append(path, "c\n");
    restart();
    poll();
    BOOST_TEST(seen == "a|bc|");
}

BOOST_AUTO_TEST_CASE(a_rotation_while_it_was_away_loses_nothing) {
    logs.append(path, "a\n");
    poll();
    logs.append(path, "b\n");
    logs.rename(path, "/var/log/app-20261128.log");
    logs.append(path, "c\n");
    restart();
    poll_often();
    BOOST_TEST(seen == "a|b|c|");
}

BOOST_AUTO_TEST_CASE(a_rotation_by_copy_while_it_was_away_is_noticed) {
    logs.append(path, "aaaa\n");
    poll();
    const auto known = follower->position();
    logs.truncate(path);
    logs.append(path, "bbbb\nc\n");
    start(known);
    poll();
    BOOST_TEST(seen == "aaaa|bbbb|c|");
}

BOOST_AUTO_TEST_CASE(a_new_log_with_the_inode_of_an_old_one_is_new) {
    logs.append(path, "aaaa\n");
    poll();
    const auto known = *follower->position();
    logs.remove(path);
    logs.append(path, "bbbb\nc\n");
    logs.reuse(path, known.file);
    start(known);
    poll();
    BOOST_TEST(seen == "aaaa|bbbb|c|");
}

BOOST_AUTO_TEST_CASE(a_removed_log_is_let_go) {
    logs.append(path, "a\n");
    poll();
    logs.remove(path);
    poll();
    BOOST_TEST(!follower->is_gone());  // perhaps a rotation is about to make it
    poll_often();
    BOOST_TEST(follower->is_gone());
    logs.append(path, "b\n");
    poll();
    BOOST_TEST(seen == "a|b|");
}

BOOST_AUTO_TEST_CASE(a_long_line_is_its_beginning) {
    logs.append(path, std::string(200'000, 'x') + "\nb\n");
    poll();
    BOOST_TEST(seen == std::string(line_bytes_max, 'x') + "|b|");
}

BOOST_AUTO_TEST_CASE(a_poll_takes_so_much_and_no_more) {
    start({}, FileFollower::Begin::at_start, {.poll_bytes_max = 1});
    for (int i = 0; i < 20'000; ++i) {
        logs.append(path, "0123456789\n");
    }
    BOOST_TEST(poll().has_more);
    BOOST_TEST(seen.size() < 20'000u * 11);
    poll_often();
    BOOST_TEST(seen.size() == 20'000u * 11);
}

BOOST_AUTO_TEST_CASE(what_lies_too_far_back_is_passed_over) {
    start({}, FileFollower::Begin::at_start, {.backlog_bytes_max = 5});
    logs.append(path, "aaaa\nbbbb\ncccc\n");
    BOOST_TEST(poll().bytes_skipped == 10u);  // 15 bytes of which 5 are looked at
    // The place may be the middle of a line, so the first one is left out.
    BOOST_TEST(seen == "");
    logs.append(path, "dd\n");
    poll();
    BOOST_TEST(seen == "dd|");
}

BOOST_AUTO_TEST_CASE(a_position_tells_the_bytes_before_it) {
    BOOST_TEST(!follower->position());
    logs.append(path, "a\nb");
    poll();
    const auto position = follower->position();
    BOOST_REQUIRE(position);
    BOOST_TEST(position->offset == 2u);
    BOOST_TEST(position->tail_hash == fnv_hash("a\n"));
}

BOOST_AUTO_TEST_CASE(a_position_is_of_what_was_read_though_the_file_is_another_by_now) {
    logs.append(path, "aaaa\nb");
    poll();
    logs.truncate(path);
    logs.append(path, "cccc\nd\n");
    restart();
    poll();
    BOOST_TEST(seen == "aaaa|cccc|d|");
}

BOOST_AUTO_TEST_CASE(a_position_behind_what_was_passed_over_holds) {
    start({}, FileFollower::Begin::at_start, {.backlog_bytes_max = 7});
    logs.append(path, std::string(500, 'a') + "\nbbb\ncc");  // the last seven bytes begin with the first line feed
    poll();
    BOOST_TEST(seen == "bbb|");
    restart();
    logs.append(path, "c\n");
    poll();
    BOOST_TEST(seen == "bbb|ccc|");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent::errors
