#include "shared/os/socket_address.hpp"

#include <netinet/in.h>
#include <sys/un.h>

#include <boost/test/unit_test.hpp>

using namespace vigie;

BOOST_AUTO_TEST_SUITE(socket_address)

BOOST_AUTO_TEST_CASE(addresses_are_taken_as_they_stand) {
    const auto v4 = numeric_address("127.0.0.1", 80);
    BOOST_REQUIRE(v4);
    BOOST_TEST(v4->family() == AF_INET);
    const auto* const raw = reinterpret_cast<const sockaddr_in*>(v4->raw());
    BOOST_TEST(ntohl(raw->sin_addr.s_addr) == INADDR_LOOPBACK);
    BOOST_TEST(ntohs(raw->sin_port) == 80);
    BOOST_TEST(numeric_address("localhost", 1)->family() == AF_INET);
    BOOST_TEST(numeric_address("::1", 1)->family() == AF_INET6);
    for (const auto* bad : {"", "example.org", "127.0.0", "127.0.0.1 ", "[::1]"}) {
        BOOST_TEST(!numeric_address(bad, 1), bad);
    }
}

BOOST_AUTO_TEST_CASE(a_path_is_as_long_as_the_kernel_takes) {
    BOOST_TEST(unix_address("/run/x")->family() == AF_UNIX);
    BOOST_TEST(unix_address(std::string(107, 'a')).has_value());
    BOOST_TEST((unix_address(std::string(108, 'a')).error().code == ErrorCode::too_large));
    BOOST_TEST(!unix_address(""));
}

BOOST_AUTO_TEST_SUITE_END()
