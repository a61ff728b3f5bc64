#include "agent/probes/mariadb_packet.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie::agent;
using namespace std::string_literals;

namespace {
std::string packet(int sequence, const std::string& body) {
    return std::string{static_cast<char>(body.size()), 0, 0, static_cast<char>(sequence)} + body;
}
std::string shown(std::string_view bytes) {
    const auto read = parse_mariadb_packet(bytes);
    if (!read) {
        return read.error().message;
    }
    return *read ? fmt::format("{} {} {} '{}'", static_cast<int>((*read)->kind), (*read)->sequence, (*read)->error_code,
                               (*read)->text)
                 : "more";
}
}  // namespace

BOOST_AUTO_TEST_SUITE(mariadb_packet)

BOOST_AUTO_TEST_CASE(reads_greeting_ok_error_and_a_request_for_another_way) {
    const auto greeting = packet(0, "\x0a"s + "10.11.6-MariaDB\x00"s + "\x05\x00\x00\x00salt"s);
    BOOST_TEST(shown(greeting) == "0 0 0 '10.11.6-MariaDB'");
    BOOST_TEST(shown(packet(2, "\x00\x00\x00\x02\x00"s)) == "1 2 0 ''");
    BOOST_TEST(shown(packet(2, "\xff\x15\x04#28000Access denied"s)) == "2 2 1045 'Access denied'");
    BOOST_TEST(shown(packet(0, "\xff\x10\x04Too many connections"s)) == "2 0 1040 'Too many connections'");
    BOOST_TEST(shown(packet(2, "\xfemysql_native_password"s)) == "3 2 0 ''");
    for (size_t size = 0; size < greeting.size(); ++size) {
        BOOST_TEST(shown(std::string_view(greeting).substr(0, size)) == "more");
    }
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_mariadb) {
    BOOST_TEST(shown("\x00\x00\x00\x00"s) == "no MariaDB: a packet of 0 bytes");
    BOOST_TEST(shown("HTTP"s).starts_with("no MariaDB: a packet of"));
    BOOST_TEST(shown(packet(0, "\x0a" + std::string(100, 'x'))) == "no MariaDB: its greeting names no version");
    BOOST_TEST(shown(packet(0, "\x07")) == "no MariaDB: a packet of type 07");
}

// HandshakeResponse41: 4 bytes of capabilities, 4 of packet size, the character set, 23 of zero, user, NUL, a length.
BOOST_AUTO_TEST_CASE(a_login_has_no_password) {
    const auto login = encode_mariadb_login("vigie");
    BOOST_TEST(login.size() == 4u + 4 + 4 + 1 + 23 + 6 + 1);
    BOOST_TEST(login.substr(0, 4) == "\x27\x00\x00\x01"s);  // 39 bytes, the second packet
    BOOST_TEST(login.ends_with("vigie\x00\x00"s));
    BOOST_TEST(encode_mariadb_empty(3) == "\x00\x00\x00\x03"s);
}

BOOST_AUTO_TEST_SUITE_END()
