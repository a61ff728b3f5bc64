// There and back, and what is damaged.
#include "controller/errors/rows.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::controller::errors {
namespace {

ErrorGroup full_group() {
    ErrorGroup group;
    group.fingerprint = "5c51fa0f8d4e2b7a";
    group.state = State::ignored;
    group.severity = Severity::warning;
    group.is_flood = true;
    group.message = "m";
    group.logger = "l";
    group.exception = "e";
    group.code_file = "f";
    group.code_line = 12;
    group.function = "u";
    group.host = "web-1";
    group.file = "/var/log/app.log";
    group.count = 1'000'000'000'000;
    group.hosts = 3;
    group.first_seen = wall_from_unix_ms(1);
    group.last_seen = wall_from_unix_ms(2);
    group.reopened = 4;
    group.changed_at = wall_from_unix_ms(3);
    group.changed_by = "anna";
    return group;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(errors_rows)

BOOST_AUTO_TEST_CASE(what_is_written_is_read_again) {
    const auto group = full_group();
    BOOST_TEST((decode_group(group.fingerprint, encode(group)).value() == group));
    ErrorSample sample;
    sample.stack = "s\nt";
    sample.url = "/x";
    BOOST_TEST((decode_sample(encode(sample)).value() == sample));
    const HostShare share{.count = 7, .first_seen = wall_from_unix_ms(1), .last_seen = wall_from_unix_ms(2)};
    BOOST_TEST((decode_share(encode(share)).value() == share));
    BOOST_TEST(decode_count(encode_count(9)).value() == 9u);
}

BOOST_AUTO_TEST_CASE(a_row_that_was_cut_or_is_of_a_later_version_is_corrupt) {
    auto row = encode(full_group());
    for (size_t length = 0; length < row.size(); ++length) {
        const auto read = decode_group("5c51fa0f8d4e2b7a", std::string_view(row).substr(0, length));
        BOOST_TEST((!read && read.error().code == ErrorCode::corrupt));
    }
    row[0] = 2;
    BOOST_TEST(!decode_group("5c51fa0f8d4e2b7a", row));
    row[0] = 1;
    row[1] = 4;  // a state that there is not
    BOOST_TEST(!decode_group("5c51fa0f8d4e2b7a", row));
}

BOOST_AUTO_TEST_CASE(states_have_words) {
    for (const auto state : {State::fresh, State::resolved, State::ignored}) {
        BOOST_TEST((state_named(name_of(state)) == state));
    }
    BOOST_TEST(!state_named("open"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::controller::errors
