#include "controller/web/listener.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::controller::web;

BOOST_AUTO_TEST_SUITE(listener)

BOOST_AUTO_TEST_CASE(addresses_are_plain_and_loopback_is_known) {
    const auto four = parse_listen_address("127.0.0.1:7414").value();
    BOOST_TEST(four.address == "127.0.0.1");
    BOOST_TEST(four.port == 7414);
    BOOST_TEST(four.is_loopback);
    BOOST_TEST(parse_listen_address("localhost:0").value().is_loopback);
    BOOST_TEST(parse_listen_address("127.8.9.1:1").value().is_loopback);
    BOOST_TEST(parse_listen_address("[::1]:1").value().is_loopback);
    for (const auto* open : {"0.0.0.0:1", "[::]:1", "10.0.0.1:1", "128.0.0.1:1", "[::ffff:127.0.0.1]:1"}) {
        BOOST_TEST(!parse_listen_address(open).value().is_loopback, open);
    }
}

BOOST_AUTO_TEST_CASE(others_are_refused) {
    for (const auto* wrong : {"", ":", "7414", ":7414", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536",
                              "::1:7414", "[127.0.0.1]:1", "example.org:1", "tcp://127.0.0.1:1", "127.0.0.1:-1"}) {
        const auto refused = parse_listen_address(wrong);
        BOOST_REQUIRE(!refused);
        BOOST_TEST(refused.error().message ==
                   fmt::format("'{}' is no address to listen on: write 127.0.0.1:7414 or [::1]:7414", wrong));
    }
}

BOOST_AUTO_TEST_CASE(a_port_that_is_taken_is_named) {
    const auto first = listen_on(parse_listen_address("127.0.0.1:0").value()).value();
    BOOST_TEST(!first.endpoint.ends_with(":0"));
    const auto second = listen_on(parse_listen_address(first.endpoint).value());
    BOOST_REQUIRE(!second);
    BOOST_TEST(second.error().message.starts_with("listen on " + first.endpoint + ": "));
}

BOOST_AUTO_TEST_SUITE_END()
