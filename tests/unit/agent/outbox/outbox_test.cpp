// Numbering, acks, the rewind window and who makes way.
#include "agent/outbox/outbox.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/agent/outbox/state_fixture.hpp"

namespace vigie::agent {
using protocol::Stream;
using tests::StateFixture;

namespace {
constexpr uint64_t everything = UINT64_MAX;
// 10 entries of 936 bytes cost exactly 10,000.
const std::string entry(936, 'e');
}  // namespace

BOOST_FIXTURE_TEST_SUITE(outbox, StateFixture)

BOOST_AUTO_TEST_CASE(numbers_each_stream_from_one_and_gives_rows_back_in_order) {
    open();
    BOOST_TEST(append(Stream::results, "a") == 1u);
    BOOST_TEST(append(Stream::metrics, "m") == 1u);
    BOOST_TEST(append(Stream::results, "b") == 2u);
    const auto rows = outbox().read_from(Stream::results, 1, everything);
    BOOST_REQUIRE(rows);
    BOOST_TEST((*rows == std::vector<OutboxRow>{{1, "a"}, {2, "b"}}));
    BOOST_TEST(outbox().state(Stream::results).next_seq == 3u);
    BOOST_TEST(outbox().state(Stream::logs).next_seq == 1u);
}

BOOST_AUTO_TEST_CASE(reads_at_least_one_row_and_then_as_many_as_fit) {
    open();
    for (const auto* bytes : {"aaaa", "bbbb", "cc"}) {
        append(Stream::results, bytes);
    }
    BOOST_TEST(outbox().read_from(Stream::results, 1, 1)->size() == 1u);
    BOOST_TEST(outbox().read_from(Stream::results, 1, 8)->size() == 2u);
    BOOST_TEST(outbox().read_from(Stream::results, 2, 6)->size() == 2u);
    BOOST_TEST(outbox().read_from(Stream::results, 4, 6)->empty());
}

BOOST_AUTO_TEST_CASE(streams_have_incarnations_of_their_own_that_survive_a_restart) {
    open();
    const auto results = outbox().state(Stream::results).incarnation;
    const auto metrics = outbox().state(Stream::metrics).incarnation;
    BOOST_TEST(results != metrics);
    reopen();
    BOOST_TEST(outbox().state(Stream::results).incarnation == results);
    BOOST_TEST(outbox().state(Stream::metrics).incarnation == metrics);
}

BOOST_AUTO_TEST_CASE(refuses_an_entry_that_no_message_could_carry) {
    options.outbox.entry_max = 100_B;
    open();
    const auto refused = outbox().append(Stream::results, std::string(101, 'x'));
    BOOST_REQUIRE(!refused);
    BOOST_TEST((refused.error().code == ErrorCode::too_large));
    BOOST_TEST(append(Stream::results, std::string(100, 'x')) == 1u);
}

BOOST_AUTO_TEST_CASE(acked_rows_stay_for_the_rewind_window_and_numbers_go_on_after_it) {
    options.outbox.rewind_rows_max = 2;
    open();
    for (int i = 0; i < 5; ++i) {
        append(Stream::results, "r");
    }
    ack(Stream::results, 5);
    BOOST_TEST(outbox().state(Stream::results).oldest_seq == 4u);
    BOOST_TEST(outbox().unacked_rows(Stream::results) == 0u);
    BOOST_TEST(outbox().read_from(Stream::results, 1, everything)->front().seq == 4u);
    options.outbox.rewind_rows_max = 0;
    reopen();
    append(Stream::results, "r");
    ack(Stream::results, 6);
    reopen();
    BOOST_TEST(outbox().state(Stream::results).oldest_seq == 7u);
    BOOST_TEST(append(Stream::results, "r") == 7u);
}

BOOST_AUTO_TEST_CASE(rewind_window_is_bounded_in_bytes_too) {
    options.outbox.rewind_max = 3000_B;
    open();
    for (int i = 0; i < 5; ++i) {
        append(Stream::metrics, entry);
    }
    ack(Stream::metrics, 5);
    BOOST_TEST(outbox().state(Stream::metrics).oldest_seq == 3u);
    BOOST_TEST(outbox().used().count == 3000u);
}

BOOST_AUTO_TEST_CASE(an_ack_of_another_incarnation_or_of_a_number_never_given_is_a_conflict) {
    open();
    append(Stream::results, "r");
    const auto incarnation = outbox().state(Stream::results).incarnation;
    BOOST_TEST((outbox().acked(Stream::results, incarnation + 1, 1).error().code == ErrorCode::conflict));
    BOOST_TEST((outbox().acked(Stream::results, incarnation, 2).error().code == ErrorCode::conflict));
    BOOST_TEST(outbox().acked_seq(Stream::results) == 0u);
    ack(Stream::results, 1);
    ack(Stream::results, 0);  // older: nothing changes
    BOOST_TEST(outbox().acked_seq(Stream::results) == 1u);
}

BOOST_AUTO_TEST_CASE(oldest_metrics_make_way_for_metrics_and_results) {
    options.outbox.entries_max = 10'000_B;
    open();
    for (int i = 0; i < 12; ++i) {
        append(Stream::metrics, entry);
    }
    BOOST_TEST(outbox().state(Stream::metrics).oldest_seq == 3u);
    append(Stream::results, entry);
    BOOST_TEST(outbox().state(Stream::metrics).oldest_seq == 4u);
    BOOST_TEST(outbox().state(Stream::metrics).next_seq == 13u);
}

BOOST_AUTO_TEST_CASE(rows_the_controller_has_make_way_first) {
    options.outbox.entries_max = 10'000_B;
    open();
    for (int i = 0; i < 5; ++i) {
        append(Stream::results, entry);
        append(Stream::metrics, entry);
    }
    ack(Stream::results, 2);
    append(Stream::metrics, entry);
    append(Stream::metrics, entry);
    BOOST_TEST(outbox().state(Stream::results).oldest_seq == 3u);
    BOOST_TEST(outbox().state(Stream::metrics).oldest_seq == 1u);
    append(Stream::metrics, entry);
    BOOST_TEST(outbox().state(Stream::results).oldest_seq == 3u);
    BOOST_TEST(outbox().state(Stream::metrics).oldest_seq == 2u);
}

BOOST_AUTO_TEST_CASE(results_are_never_dropped) {
    options.outbox.entries_max = 10'000_B;
    open();
    append(Stream::metrics, entry);
    append(Stream::logs, entry);
    for (int i = 0; i < 10; ++i) {
        append(Stream::results, entry);
    }
    const auto refused = outbox().append(Stream::results, entry);
    BOOST_REQUIRE(!refused);
    BOOST_TEST((refused.error().code == ErrorCode::too_large));
    BOOST_TEST(outbox().read_from(Stream::results, 1, everything)->size() == 10u);
    BOOST_TEST(outbox().state(Stream::results).next_seq == 11u);
}

BOOST_AUTO_TEST_CASE(a_metrics_entry_without_room_leaves_a_visible_gap) {
    options.outbox.entries_max = 10'000_B;
    open();
    for (int i = 0; i < 10; ++i) {
        append(Stream::results, entry);
    }
    BOOST_TEST((outbox().append(Stream::metrics, entry).error().code == ErrorCode::too_large));
    reopen();
    BOOST_TEST(outbox().state(Stream::metrics).oldest_seq == 2u);
    BOOST_TEST(outbox().state(Stream::metrics).next_seq == 2u);
}

BOOST_AUTO_TEST_CASE(metrics_do_not_push_logs_out) {
    options.outbox.entries_max = 10'000_B;
    open();
    for (int i = 0; i < 10; ++i) {
        append(Stream::logs, entry);
    }
    BOOST_TEST(!outbox().append(Stream::metrics, entry));
    BOOST_TEST(outbox().unacked_rows(Stream::logs) == 10u);
    append(Stream::results, entry);
    BOOST_TEST(outbox().state(Stream::logs).oldest_seq == 2u);
}

// Entries count far less than the pages they take here, so that the pages run out first.
BOOST_AUTO_TEST_CASE(the_file_stays_within_its_bound) {
    options.file_max = 4_MiB;
    options.outbox.entries_max = 1024_MiB;
    open();
    for (int i = 0; i < 1500; ++i) {
        append(Stream::metrics, std::string(4500, 'm'), Durability::relaxed);
    }
    BOOST_TEST(outbox().state(Stream::metrics).oldest_seq > 500u);
    BOOST_TEST(outbox().unacked_rows(Stream::metrics) > 300u);
    BOOST_TEST(file_bytes() <= 4u << 20);
    append(Stream::results, "r");
}

// The least that a configuration may give: agent/config's outbox_max_min.
BOOST_AUTO_TEST_CASE(the_smallest_file_takes_the_largest_entry) {
    options.file_max = 4_MiB;
    open();
    append(Stream::metrics, std::string((1_MiB).count, 'm'));
    append(Stream::results, std::string((1_MiB).count, 'r'));
    BOOST_TEST(outbox().unacked_rows(Stream::results) == 1u);
}

BOOST_AUTO_TEST_CASE(renewing_numbers_from_one_what_was_not_acked) {
    open();
    for (const auto* bytes : {"a", "b", "c", "d"}) {
        append(Stream::metrics, bytes);
    }
    append(Stream::results, "r");
    ack(Stream::metrics, 2);
    const auto before = outbox().state(Stream::metrics).incarnation;
    const auto results = outbox().state(Stream::results);
    BOOST_TEST(outbox().renew(Stream::metrics).has_value());
    for (int opening = 0; opening < 2; ++opening) {
        const auto after = outbox().state(Stream::metrics);
        BOOST_TEST(after.incarnation != before);
        BOOST_TEST(after.oldest_seq == 1u);
        BOOST_TEST(after.next_seq == 3u);
        BOOST_TEST(outbox().acked_seq(Stream::metrics) == 0u);
        BOOST_TEST((*outbox().read_from(Stream::metrics, 1, everything) == std::vector<OutboxRow>{{1, "c"}, {2, "d"}}));
        BOOST_TEST((outbox().state(Stream::results) == results));
        BOOST_TEST(outbox().used().count == 3 * (1 + entry_overhead.count));
        reopen();
    }
    BOOST_TEST(append(Stream::metrics, "e") == 3u);
    ack(Stream::metrics, 3);
}

// 12 metrics, of which 2 were acked and 3 to 5 made way: those three are lost, whatever the numbers are called.
BOOST_AUTO_TEST_CASE(renewing_keeps_a_hole_that_nobody_was_told_of) {
    options.outbox.entries_max = 10'000_B;
    options.outbox.rewind_rows_max = 0;
    open();
    for (int i = 0; i < 2; ++i) {
        append(Stream::metrics, entry);
    }
    ack(Stream::metrics, 2);
    for (int i = 0; i < 13; ++i) {
        append(Stream::metrics, entry);
    }
    BOOST_REQUIRE(outbox().state(Stream::metrics).oldest_seq == 6u);
    BOOST_TEST(outbox().renew(Stream::metrics).has_value());
    reopen();
    BOOST_TEST(outbox().state(Stream::metrics).oldest_seq == 4u);
    BOOST_TEST(outbox().state(Stream::metrics).next_seq == 14u);
}

BOOST_AUTO_TEST_CASE(renewing_a_stream_of_which_all_is_acked_leaves_it_empty) {
    open();
    append(Stream::logs, "l");
    ack(Stream::logs, 1);
    BOOST_TEST(outbox().renew(Stream::logs).has_value());
    BOOST_TEST(outbox().state(Stream::logs).oldest_seq == 1u);
    BOOST_TEST(outbox().state(Stream::logs).next_seq == 1u);
    BOOST_TEST(append(Stream::logs, "m") == 1u);
}

// As many rows as fill many pages: each must find its new number free.
BOOST_AUTO_TEST_CASE(renewing_moves_thousands_of_rows) {
    open();
    for (int i = 1; i <= 3000; ++i) {
        append(Stream::metrics, fmt::format("{:0>100}", i), Durability::relaxed);
    }
    ack(Stream::metrics, 1000);
    BOOST_TEST(outbox().renew(Stream::metrics).has_value());
    const auto rows = outbox().read_from(Stream::metrics, 1, everything);
    BOOST_REQUIRE(rows->size() == 2000u);
    for (size_t i = 0; i < rows->size(); ++i) {
        BOOST_REQUIRE((*rows)[i].seq == i + 1);
        BOOST_REQUIRE(std::stoul((*rows)[i].bytes) == i + 1001);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
