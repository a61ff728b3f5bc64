#include "agent/probes/redis_reply.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie::agent;

namespace {
std::string shown(std::string_view bytes) {
    const auto reply = parse_redis_reply(bytes);
    if (!reply) {
        return reply.error().message;
    }
    return *reply ? fmt::format("{} '{}' {}", static_cast<int>((*reply)->kind), (*reply)->text, (*reply)->consumed)
                  : "more";
}
}  // namespace

BOOST_AUTO_TEST_SUITE(redis_reply)

BOOST_AUTO_TEST_CASE(reads_each_kind_of_reply) {
    BOOST_TEST(shown("+PONG\r\nrest") == "0 'PONG' 7");
    BOOST_TEST(shown("-NOAUTH Authentication required.\r\n") == "1 'NOAUTH Authentication required.' 34");
    BOOST_TEST(shown(":12\r\n") == "2 '12' 5");
    BOOST_TEST(shown("$4\r\nr\r\nx\r\n") == "3 'r\r\nx' 10");
    BOOST_TEST(shown("$-1\r\n") == "4 '' 5");
    BOOST_TEST(shown("$0\r\n\r\n") == "3 '' 6");
}

BOOST_AUTO_TEST_CASE(waits_for_the_whole_reply) {
    const std::string_view whole = "$4\r\nabcd\r\n";
    for (size_t size = 0; size < whole.size(); ++size) {
        BOOST_TEST(shown(whole.substr(0, size)) == "more");
    }
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_redis) {
    BOOST_TEST(shown("HTTP/1.1 400 Bad Request\r\n") == "no redis: its reply begins with byte 48");
    BOOST_TEST(shown("$99999999\r\n").starts_with("no redis: a bulk reply of '99999999' bytes"));
    BOOST_TEST(shown("$-2\r\n").starts_with("no redis"));
    BOOST_TEST(shown("$x\r\n").starts_with("no redis"));
    BOOST_TEST(shown("$2\r\nabcd\r\n").starts_with("no redis"));
    BOOST_TEST(shown("+" + std::string(5000, 'x')).starts_with("no redis"));
}

BOOST_AUTO_TEST_CASE(commands_may_hold_any_bytes) {
    BOOST_TEST(encode_redis_command({"AUTH", "a\r\nb"}) == "*2\r\n$4\r\nAUTH\r\n$4\r\na\r\nb\r\n");
}

BOOST_AUTO_TEST_CASE(fields_of_info_are_found) {
    const std::string_view info = "# Replication\r\nrole:slave\r\nmaster_link_status:up\r\n";
    BOOST_TEST(redis_info_field(info, "role") == "slave");
    BOOST_TEST(redis_info_field(info, "master_link_status") == "up");
    BOOST_TEST(redis_info_field(info, "master") == "");
}

BOOST_AUTO_TEST_SUITE_END()
