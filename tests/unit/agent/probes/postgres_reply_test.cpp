#include "agent/probes/postgres_reply.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie::agent;
using namespace std::string_literals;

namespace {
std::string shown(std::string_view bytes) {
    const auto reply = parse_postgres_reply(bytes);
    if (!reply) {
        return reply.error().message;
    }
    return *reply ? fmt::format("{} {} '{}' {}", (*reply)->is_error, (*reply)->sqlstate, (*reply)->message,
                                (*reply)->consumed)
                  : "more";
}
}  // namespace

BOOST_AUTO_TEST_SUITE(postgres_reply)

// As the manual's StartupMessage: its length, 196608, pairs of texts, a NUL.
BOOST_AUTO_TEST_CASE(startup_is_as_the_manual_has_it) {
    BOOST_TEST(encode_postgres_startup("vigie", "app") ==
               "\x00\x00\x00\x21\x00\x03\x00\x00user\x00vigie\x00"s + "database\x00"s + "app\x00\x00"s);
}

BOOST_AUTO_TEST_CASE(reads_a_request_for_authentication_and_an_error) {
    BOOST_TEST(shown("R\x00\x00\x00\x08\x00\x00\x00\x05rest"s) == "false  '' 9");
    const auto fields = "SFATAL\x00"s + "C57P03\x00"s + "Mthe database system is starting up\x00\x00"s;
    const auto error = "E\x00\x00\x00"s + static_cast<char>(fields.size() + 4) + fields;
    BOOST_TEST(shown(error) == fmt::format("true 57P03 'the database system is starting up' {}", error.size()));
    for (size_t size = 0; size < error.size(); ++size) {
        BOOST_TEST(shown(std::string_view(error).substr(0, size)) == "more");
    }
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_postgresql) {
    BOOST_TEST(shown("HTTP/1.1") == "no PostgreSQL: its answer begins with byte 48");
    BOOST_TEST(shown("R\x7f\xff\xff\xff"s) == "no PostgreSQL: a message of 2147483647 bytes");
    BOOST_TEST(shown("E\x00\x00\x00\x00"s) == "no PostgreSQL: a message of 0 bytes");
}

BOOST_AUTO_TEST_SUITE_END()
