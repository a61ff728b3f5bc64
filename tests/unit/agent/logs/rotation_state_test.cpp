#include "agent/logs/rotation_state.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::agent::logs;

BOOST_AUTO_TEST_SUITE(rotation_state)

BOOST_AUTO_TEST_CASE(reads_what_it_writes) {
    RotationState state;
    state.last_rotated["/var/log/a b.log"] = parse_rfc3339("2026-11-25T01:02:03Z").value();
    state.last_rotated["/var/log/\"q\"\n\\.log"] = parse_rfc3339("2026-01-05T11:12:13Z").value();
    const auto read = parse_state(write_state(state), "state");
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST((read->last_rotated == state.last_rotated));
    BOOST_TEST(read->warnings.empty());
}

BOOST_AUTO_TEST_CASE(a_bad_line_loses_only_itself_and_is_named) {
    const auto read = parse_state(
        "logrotate state -- version 2\n\"/a\" 2026-1-2-3:4:5\n\"/bad 2026\n\"/b\" 2026-1-2\n\"/c\" 2026-13-2-1:1:1\n",
        "state");
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST(read->last_rotated.size() == 2u);
    BOOST_REQUIRE(read->warnings.size() == 2u);
    BOOST_TEST(read->warnings[0].starts_with("state:3: entry dropped"));
    BOOST_TEST(read->warnings[1].starts_with("state:5: entry dropped"));
}

BOOST_AUTO_TEST_CASE(a_year_before_1970_reads_as_the_epoch) {
    const auto read = parse_state("logrotate state -- version 2\n\"/a\" 1969-12-31-23:59:59\n", "state");
    BOOST_TEST((read.value().last_rotated.at("/a") == WallTime{}));
}

BOOST_AUTO_TEST_CASE(a_file_of_another_kind_is_refused) {
    const auto read = parse_state("root:x:0:0\n", "/etc/passwd");
    BOOST_REQUIRE(!read.has_value());
    BOOST_TEST(read.error().message.starts_with("/etc/passwd:1: not a state file"));
}

BOOST_AUTO_TEST_SUITE_END()
