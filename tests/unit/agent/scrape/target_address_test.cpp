// URLs of targets.
#include "agent/scrape/target_address.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::agent {

BOOST_AUTO_TEST_SUITE(target_address)

BOOST_AUTO_TEST_CASE(a_url_gives_socket_path_and_instance) {
    const auto whole = parse_target_url("http://127.0.0.1:9100/metrics/x?name[]=a&b=c");
    BOOST_REQUIRE(whole);
    BOOST_TEST(whole->path == "/metrics/x?name[]=a&b=c");
    BOOST_TEST(whole->instance == "127.0.0.1:9100");
    BOOST_TEST(whole->socket.family() == AF_INET);
    const auto shortest = parse_target_url("http://localhost");
    BOOST_REQUIRE(shortest);
    BOOST_TEST(shortest->path == "/metrics");
    BOOST_TEST(shortest->instance == "localhost:80");
    BOOST_TEST(parse_target_url("http://127.0.0.1:1?a=b")->path == "/?a=b");
    const auto six = parse_target_url("http://[::1]:9100/");
    BOOST_REQUIRE(six);
    BOOST_TEST(six->host == "[::1]:9100");
    BOOST_TEST(six->socket.family() == AF_INET6);
    BOOST_TEST(six->path == "/");
}

BOOST_AUTO_TEST_CASE(a_unix_socket_has_its_path_as_instance) {
    const auto target = parse_target_url("unix:///run/app.sock:/own?x=1");
    BOOST_REQUIRE(target);
    BOOST_TEST(target->instance == "/run/app.sock");
    BOOST_TEST(target->path == "/own?x=1");
    BOOST_TEST(target->socket.family() == AF_UNIX);
    BOOST_TEST(parse_target_url("unix:///run/app.sock")->path == "/metrics");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_asked_is_refused) {
    for (const auto* bad :
         {"", "127.0.0.1:80", "ftp://127.0.0.1", "http://", "http://:80", "http://example.org/metrics",
          "http://127.0.0.1:0", "http://127.0.0.1:65536", "http://127.0.0.1:x", "http://user:secret@127.0.0.1/",
          "http://[::1", "http://[::1]x", "http://127.0.0.1/a b", "http://127.0.0.1/\r\nX: y", "http://127.0.0.1/#a",
          "http://127.0.0.1/\xc3\xa9", "unix://run/app.sock", "unix:///run/app.sock:metrics", "unix://"}) {
        BOOST_TEST(!parse_target_url(bad), bad);
    }
}

BOOST_AUTO_TEST_CASE(https_has_a_port_of_its_own) {
    const auto secure = parse_target_url("https://127.0.0.1/own");
    BOOST_REQUIRE(secure);
    BOOST_TEST(secure->is_secure);
    BOOST_TEST(secure->instance == "127.0.0.1:443");
    BOOST_TEST(secure->path == "/own");
    BOOST_TEST(!parse_target_url("http://127.0.0.1")->is_secure);
    BOOST_TEST(!parse_target_url("https://shop.example.org/metrics"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
