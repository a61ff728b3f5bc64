// What one error has in common with the next of its kind, and what tells two kinds apart.
#include "agent/errors/fingerprint.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::agent::errors {
namespace {

LogRecord with_message(std::string message) {
    LogRecord record;
    record.message = std::move(message);
    return record;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fingerprint)

BOOST_AUTO_TEST_CASE(what_changes_each_time_is_left_out) {
    BOOST_TEST(pattern_of("order 123 failed after 1.5 s") == "order <n> failed after <n> s");
    BOOST_TEST(pattern_of("took 12ms, 20MB") == "took <n>ms, <n>MB");
    BOOST_TEST(pattern_of("no route to 192.0.2.1:8080") == "no route to <n>");
    BOOST_TEST(pattern_of("id 550e8400-e29b-41d4-a716-446655440000.") == "id <id>.");
    BOOST_TEST(pattern_of("commit 9f86d081884c7d65 at 0x7ffd12") == "commit <id> at <id>");
    BOOST_TEST(pattern_of("user1234 of req-8f3ab2") == "user<n> of req-<id>");
    BOOST_TEST(pattern_of("open /srv/app/x.php:12: no such file") == "open <path>:<n>: no such file");
    BOOST_TEST(pattern_of("GET https://a.example:80/x?y=1 failed") == "GET <url> failed");
    BOOST_TEST(pattern_of("no user 'ann', \"bob\" or `eve`") == "no user <s>, <s> or <s>");
    BOOST_TEST(pattern_of("a  b\tc") == "a b c");
    BOOST_TEST(pattern_of("card [scrubbed] refused") == "card <n> refused");
}

BOOST_AUTO_TEST_CASE(words_stay) {
    for (const auto* text :
         {"", "can't connect: connection refused", "it's ann's", "a/b", "grüße an alle", "\"never closed"}) {
        BOOST_TEST(pattern_of(text) == text);
    }
}

// sentry#71520: lines that differ by an id or a number are one kind.
BOOST_AUTO_TEST_CASE(lines_that_differ_by_an_id_have_one) {
    const auto one = fingerprint_of(with_message("order 1 of user 'ann' failed: 550e8400-e29b-41d4-a716-446655440000"));
    BOOST_TEST(fingerprint_of(with_message("order 99999 of user 'bob' failed: 00000000-e29b-41d4-a716-446655440000")) ==
               one);
    BOOST_TEST(fingerprint_of(with_message("order 1 of user 'ann' refused: 550e8400-e29b-41d4-a716-446655440000")) !=
               one);
}

BOOST_AUTO_TEST_CASE(place_and_type_tell_two_apart_but_not_the_line) {
    auto record = with_message("m");
    record.exception = "A";
    record.place = {.file = "/srv/releases/1/x.py", .line = 12, .function = "f"};
    const auto first = fingerprint_of(record);
    record.place.file = "/srv/releases/2/x.py";
    record.place.line = 13;
    BOOST_TEST(fingerprint_of(record) == first);
    record.place.function = "g";
    BOOST_TEST(fingerprint_of(record) != first);
    record.place.function = "f";
    record.exception = "B";
    BOOST_TEST(fingerprint_of(record) != first);
}

// FNV-1a of five NULs: 0xcbf29ce484222325 * 0x100000001b3 ^ 5, modulo 2 ^ 64.
BOOST_AUTO_TEST_CASE(it_is_the_same_in_every_version) {
    BOOST_TEST(fingerprint_of(LogRecord{}) == "e4bc4fd9252be94f");
}

BOOST_AUTO_TEST_CASE(parts_do_not_run_into_each_other) {
    LogRecord one;
    one.logger = "ab";
    LogRecord other;
    other.logger = "a";
    other.exception = "b";
    BOOST_TEST(fingerprint_of(one) != fingerprint_of(other));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent::errors
