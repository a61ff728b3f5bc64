#include "agent/probes/smtp_reply.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie::agent;

namespace {
std::string shown(std::string_view bytes) {
    const auto reply = parse_smtp_reply(bytes);
    if (!reply) {
        return reply.error().message;
    }
    return *reply ? fmt::format("{} [{}] {}", (*reply)->code, fmt::join((*reply)->lines, "|"), (*reply)->consumed)
                  : "more";
}
}  // namespace

BOOST_AUTO_TEST_SUITE(smtp_reply)

BOOST_AUTO_TEST_CASE(reads_one_line_and_several) {
    BOOST_TEST(shown("220 mail.example.org ESMTP\r\nrest") == "220 [mail.example.org ESMTP] 28");
    BOOST_TEST(shown("250-mail\r\n250-STARTTLS\r\n250 SIZE 10\r\n") == "250 [mail|STARTTLS|SIZE 10] 37");
    BOOST_TEST(shown("250\r\n") == "250 [] 5");
    BOOST_TEST(shown("421 busy\n") == "421 [busy] 9");  // without the \r, as some say it
}

BOOST_AUTO_TEST_CASE(waits_for_the_last_line) {
    BOOST_TEST(shown("") == "more");
    BOOST_TEST(shown("250-mail\r\n250-SIZE") == "more");
    BOOST_TEST(shown("250-mail\r\n") == "more");
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_smtp) {
    BOOST_TEST(shown("SSH-2.0-OpenSSH_9.2\r\n") == "no SMTP: it says 'SSH-2.0-OpenSSH_9.2'");
    BOOST_TEST(shown("250-a\r\n251 b\r\n").starts_with("no SMTP"));
    BOOST_TEST(shown("25x a\r\n").starts_with("no SMTP"));
    BOOST_TEST(shown("999 a\r\n").starts_with("no SMTP"));
    BOOST_TEST(shown("250+a\r\n").starts_with("no SMTP"));
    BOOST_TEST(shown(std::string(5000, '2')).starts_with("no SMTP"));
    std::string endless;
    for (int i = 0; i < 100; ++i) {
        endless += "250-a\r\n";
    }
    BOOST_TEST(shown(endless).starts_with("no SMTP"));
}

BOOST_AUTO_TEST_CASE(extensions_are_found_whatever_their_case) {
    const auto reply = parse_smtp_reply("250-mail\r\n250-StartTLS\r\n250 SIZE 10\r\n").value().value();
    BOOST_TEST(has_extension(reply, "STARTTLS"));
    BOOST_TEST(has_extension(reply, "SIZE"));
    BOOST_TEST(!has_extension(reply, "START"));
    BOOST_TEST(!has_extension(reply, "AUTH"));
}

BOOST_AUTO_TEST_SUITE_END()
