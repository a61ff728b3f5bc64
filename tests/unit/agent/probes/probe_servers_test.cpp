// The questions of each kind, and what is made of answers.
#include "agent/probes/probe.hpp"
#include "tests/unit/agent/probes/probe_fixture.hpp"

using namespace vigie;
using namespace vigie::agent;
using namespace std::string_literals;

namespace {
std::string maria_packet(int sequence, const std::string& body) {
    return ">" + std::string{static_cast<char>(body.size()), 0, 0, static_cast<char>(sequence)} + body;
}
const std::string maria_greeting = maria_packet(0, "\x0a"s + "10.11.6-MariaDB\x00rest"s);
}  // namespace

BOOST_FIXTURE_TEST_SUITE(probe_servers, ProbeFixture)

BOOST_AUTO_TEST_CASE(redis_is_pinged) {
    tests::FakeServer server({"<PING\r\n", ">+PONG\r\n"});
    run({"redis", server.option()});
    BOOST_TEST(status == 0);
    BOOST_TEST(says("answers PING"));
}

BOOST_AUTO_TEST_CASE(redis_is_logged_into_with_a_password_of_a_file) {
    tests::FakeServer server({"<AUTH\r\n", "<s3cret\r\n", ">+OK\r\n", "<PING\r\n", ">+PONG\r\n", "<replication\r\n",
                              ">$33\r\nrole:slave\r\nmaster_link_status:up\r\n"});
    run({"redis", server.option(), "--password_file=" + secret("s3cret\n"), "--role=replica"});
    BOOST_TEST(status == 0, line);
    BOOST_TEST(server.heard().starts_with("*2\r\n$4\r\nAUTH\r\n$6\r\ns3cret\r\n"));
    BOOST_TEST(!says("s3cret"));
}

BOOST_AUTO_TEST_CASE(redis_of_another_role_is_critical) {
    tests::FakeServer server({"<PING\r\n", ">+PONG\r\n", "<replication\r\n", ">$11\r\nrole:master\r\n"});
    run({"redis", server.option(), "--role=replica"});
    BOOST_TEST(says("CRITICAL"));
    BOOST_TEST(says("is master, not replica"));
}

BOOST_AUTO_TEST_CASE(redis_that_lets_nobody_in_is_critical) {
    tests::FakeServer server({"<PING\r\n", ">-NOAUTH Authentication required.\r\n"});
    run({"redis", server.option()});
    BOOST_TEST(says("PING is answered with 'NOAUTH Authentication required.'"));
    BOOST_TEST(status == 2);
}

BOOST_AUTO_TEST_CASE(a_password_that_others_may_read_is_unknown) {
    const auto path = secret("x");
    chmod(path.c_str(), 0644);
    tests::FakeServer server({});
    run({"redis", server.option(), "--password_file=" + path});
    BOOST_TEST(status == 3);
}

BOOST_AUTO_TEST_CASE(amqp_is_greeted) {
    const auto payload =
        "\x00\x0a\x00\x0a\x00\x09"s + "\x00\x00\x00\x00"s + "\x00\x00\x00\x05PLAIN"s + "\x00\x00\x00\x00"s;
    tests::FakeServer server(
        {"<AMQP"s, ">\x01\x00\x00\x00\x00\x00"s + static_cast<char>(payload.size()) + payload + "\xce"s});
    run({"amqp", server.option()});
    BOOST_TEST(says("speaks AMQP 0.9, takes PLAIN"), line);
    BOOST_TEST(server.heard() == "AMQP\x00\x00\x09\x01"s);
}

BOOST_AUTO_TEST_CASE(smtp_is_greeted_and_left_with_a_word) {
    tests::FakeServer server({">220 mail ESMTP\r\n", "<EHLO web-1\r\n", ">250-mail\r\n250 STARTTLS\r\n", "<QUIT\r\n"});
    run({"smtp", server.option(), "--hello=web-1"});
    BOOST_TEST(status == 0);
    BOOST_TEST(says("says mail ESMTP"));
}

BOOST_AUTO_TEST_CASE(smtp_is_asked_for_tls_where_it_is_wanted) {
    tests::FakeServer with({">220 a\r\n", "<EHLO", ">250 STARTTLS\r\n", "<STARTTLS", ">220 Go ahead\r\n"});
    run({"smtp", with.option(), "--starttls=true"});
    BOOST_TEST(status == 0);
    tests::FakeServer without({">220 a\r\n", "<EHLO", ">250 SIZE\r\n"});
    run({"smtp", without.option(), "--starttls=true"});
    BOOST_TEST(says("does not offer STARTTLS"));
    tests::FakeServer busy({">421 too many connections\r\n"});
    run({"smtp", busy.option()});
    BOOST_TEST(says("a connection is answered with '421 too many connections'"));
}

BOOST_AUTO_TEST_CASE(postgresql_takes_connections_when_it_asks_who_is_there_or_says_why_not) {
    tests::FakeServer asking({"<postgres"s + "\x00"s, ">R\x00\x00\x00\x08\x00\x00\x00\x05"s});
    run({"postgresql", asking.option()});
    BOOST_TEST(says("takes connections"));
    tests::FakeServer denying({"<app"s + "\x00"s, ">E\x00\x00\x00\x15"s + "C28000\x00Mno such\x00\x00"s});
    run({"postgresql", denying.option(), "--database=app"});
    BOOST_TEST(status == 0, line);
    tests::FakeServer starting({"<vigie"s + "\x00"s, ">E\x00\x00\x00\x16"s + "C57P03\x00Mstarting\x00\x00"s});
    run({"postgresql", starting.option()});
    BOOST_TEST(status == 2, line);
    BOOST_TEST(says("takes no connections: starting"));
}

BOOST_AUTO_TEST_CASE(mariadb_is_logged_into_so_that_it_counts_no_broken_connection) {
    tests::FakeServer denying({maria_greeting, "<vigie", maria_packet(2, "\xff\x15\x04#28000Access denied"s)});
    run({"mariadb", denying.option()});
    BOOST_TEST(says("takes logins, version 10.11.6-MariaDB"), line);
    tests::FakeServer asking({maria_greeting, "<vigie",
                              maria_packet(2,
                                           "\xfe"
                                           "caching_sha2_password"s),
                              "<\x00\x00\x00\x03"s, maria_packet(4, "\x00\x00\x00"s)});
    run({"mariadb", asking.option()});
    BOOST_TEST(status == 0, line);
    tests::FakeServer full({maria_packet(0, "\xff\x10\x04Too many connections"s)});
    run({"mariadb", full.option()});
    BOOST_TEST(says("takes no connections: 1040 Too many connections"));
    tests::FakeServer blocked({maria_greeting, "<vigie", maria_packet(2, "\xff\x69\x04#HY000Host is blocked"s)});
    run({"mariadb", blocked.option()});
    BOOST_TEST(status == 2);
}

BOOST_AUTO_TEST_CASE(dns_is_asked_and_its_answer_compared) {
    const auto head = "\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00"s +
                      "\x01"
                      "a\x00\x00\x01\x00\x01"s;
    const auto answer = head + "\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc0\x00\x02\x01"s;
    tests::FakeServer server({answer}, SOCK_DGRAM);
    run({"dns", "--server=127.0.0.1", server.option(), "--query=a", "--expect=192.0.2.1"});
    BOOST_TEST(status == 0, line);
    BOOST_TEST(says("A a: A 192.0.2.1"));
    BOOST_TEST(says("'probe_dns_answer_rrs'=1"));
    tests::FakeServer other({answer}, SOCK_DGRAM);
    run({"dns", "--server=127.0.0.1", other.option(), "--query=a", "--expect=192.0.2.9"});
    BOOST_TEST(says("no 192.0.2.9 in A 192.0.2.1"));
    tests::FakeServer unknown_name({"\x81\x83\x00\x01\x00\x00\x00\x00\x00\x00"s + "\x01"
                                                                                  "a\x00\x00\x01\x00\x01"s},
                                   SOCK_DGRAM);
    run({"dns", "--server=127.0.0.1", unknown_name.option(), "--query=a"});
    BOOST_TEST(says("is answered with NXDOMAIN"));
    tests::FakeServer silent({}, SOCK_DGRAM);
    run({"dns", "--server=127.0.0.1", silent.option(), "--query=a", "--timeout=30ms"});
    BOOST_TEST(says("timed out"));
}

BOOST_AUTO_TEST_CASE(what_is_no_such_server_is_critical) {
    for (const auto* kind : {"redis", "amqp", "smtp", "postgresql", "mariadb"}) {
        tests::FakeServer garbage({">\x7f garbage without a meaning\r\n\r\n"});
        run({kind, garbage.option()});
        BOOST_TEST(status == 2, line);
        BOOST_TEST(says(" - no "), line);
        tests::FakeServer closing({});
        run({kind, closing.option()});
        BOOST_TEST(status == 2, line);
        tests::FakeServer silent({"…"});
        run({kind, silent.option(), "--timeout=20ms"});
        BOOST_TEST(status == 2, line);
        BOOST_TEST(says("timed out"), line);
    }
}

BOOST_AUTO_TEST_SUITE_END()
