#include "agent/probes/connection.hpp"

#include "tests/unit/agent/probes/probe_fixture.hpp"

using namespace vigie;
using namespace vigie::agent;

// Of connections as the tcp probe uses them.
BOOST_FIXTURE_TEST_SUITE(connection, ProbeFixture)

BOOST_AUTO_TEST_CASE(to_a_port_that_listens_is_enough) {
    tests::FakeServer server({"…"});
    run({"tcp", server.option()});
    BOOST_TEST(status == 0);
    BOOST_TEST(says("'probe_ip_protocol'=4"));
}

BOOST_AUTO_TEST_CASE(says_and_hears_what_it_is_told) {
    tests::FakeServer server({"<HELLO\r\n", ">wel", ">come\n"});
    run({"tcp", server.option(), "--send=HELLO\\r\\n", "--expect=welcome"});
    BOOST_TEST(status == 0);
    BOOST_TEST(server.heard() == "HELLO\r\n");
}

BOOST_AUTO_TEST_CASE(that_says_something_else_is_critical) {
    tests::FakeServer server({">go away\x1b[2J"});
    run({"tcp", server.option(), "--expect=welcome"});
    BOOST_TEST(status == 2);
    BOOST_TEST(says("no 'welcome' in 'go away\\x1b[2J'"));
}

BOOST_AUTO_TEST_CASE(that_keeps_silent_ends_at_the_timeout) {
    tests::FakeServer server({"…"});
    run({"tcp", server.option(), "--expect=welcome", "--timeout=30ms"});
    BOOST_TEST(status == 2);
    BOOST_TEST(says("no answer from 127.0.0.1:"));
    BOOST_TEST(says("timed out"));
}

BOOST_AUTO_TEST_CASE(that_says_too_much_is_critical) {
    tests::FakeServer server({">" + std::string(100'000, 'x')});
    run({"tcp", server.option(), "--expect=welcome"});
    BOOST_TEST(status == 2);
    BOOST_TEST(says("in the first 16384 bytes"));
}

BOOST_AUTO_TEST_CASE(to_a_name_that_is_none_is_critical) {
    run({"tcp", "--host=fe80::1%nosuchif", "--port=1"});  // no resolver is asked for it
    BOOST_TEST(status == 2);
    BOOST_TEST(says("resolve fe80::1%nosuchif: "));
}

BOOST_AUTO_TEST_SUITE_END()
