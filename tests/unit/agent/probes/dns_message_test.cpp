#include "agent/probes/dns_message.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie::agent;
using namespace std::string_literals;

namespace {
// An answer to "example.org A" with the question at byte 12, which answers point back to.
std::string head(int flags_high, int flags_low, int answers) {
    return std::string{0,
                       7,
                       static_cast<char>(flags_high),
                       static_cast<char>(flags_low),
                       0,
                       1,
                       0,
                       static_cast<char>(answers),
                       0,
                       2,
                       0,
                       1} +
           "\x07"s + "example"s + "\x03"s + "org\x00"s + "\x00\x01\x00\x01"s;
}
std::string record(int type, const std::string& value, const std::string& name = "\xc0\x0c"s) {
    return name + std::string{0, static_cast<char>(type), 0, 1, 0, 0, 0, 60, 0, static_cast<char>(value.size())} +
           value;
}
std::string shown(std::string_view bytes) {
    const auto answer = decode_dns_answer(bytes);
    if (!answer) {
        return answer.error().message;
    }
    std::string text = dns_rcode_name(answer->rcode);
    for (const auto& each : answer->answers) {
        text += fmt::format(" {}={} {}", each.name, each.type, each.value);
    }
    return text;
}
}  // namespace

BOOST_AUTO_TEST_SUITE(dns_message)

BOOST_AUTO_TEST_CASE(a_question_is_as_the_rfc_has_it) {
    const auto query = encode_dns_query(0x1234, "example.org.", "AAAA");
    BOOST_REQUIRE(query);
    BOOST_TEST(*query == "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07"s + "example"s + "\x03"s +
                             "org\x00\x00\x1c\x00\x01"s);
    BOOST_TEST(encode_dns_query(1, ".", "NS").value().size() == 12u + 1 + 4);
    BOOST_TEST(!encode_dns_query(1, "a..b", "A"));
    BOOST_TEST(!encode_dns_query(1, std::string(64, 'a') + ".org", "A"));
    BOOST_TEST(!encode_dns_query(1, "a", "ANY"));
}

BOOST_AUTO_TEST_CASE(reads_records_of_every_known_type) {
    const auto pointer = "\xc0\x0c"s;
    BOOST_TEST(shown(head(0x81, 0x80, 1) + record(1, "\xc0\x00\x02\x01"s)) == "NOERROR example.org=A 192.0.2.1");
    BOOST_TEST(shown(head(0x81, 0x80, 1) + record(28, "\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x01")) ==
               "NOERROR example.org=AAAA 2001:db8::1");
    BOOST_TEST(shown(head(0x81, 0x80, 1) + record(15, "\x00\x0a\x04mail"s + pointer)) ==
               "NOERROR example.org=MX 10 mail.example.org");
    BOOST_TEST(shown(head(0x81, 0x80, 2) + record(5, "\x03www"s + pointer) +
                     record(16,
                            "\x03"
                            "a b\x01"
                            "c")) == "NOERROR example.org=CNAME www.example.org example.org=TXT a bc");
    BOOST_TEST(shown(head(0x81, 0x80, 1) + record(33, "\x00\x01\x00\x02\x1f\x90"s + pointer)) ==
               "NOERROR example.org=SRV 1 2 8080 example.org");
    BOOST_TEST(shown(head(0x81, 0x80, 1) + record(65, "xyz")) == "NOERROR example.org=TYPE65 3 bytes");
}

BOOST_AUTO_TEST_CASE(tells_what_the_server_answers) {
    BOOST_TEST(shown(head(0x81, 0x83, 0)) == "NXDOMAIN");
    BOOST_TEST(shown(head(0x81, 0x8b, 0)) == "RCODE 11");
    const auto answer = decode_dns_answer(head(0x83, 0x80, 0)).value();
    BOOST_TEST(answer.is_truncated);
    BOOST_TEST(answer.id == 7);
    BOOST_TEST(answer.authorities == 2u);
    BOOST_TEST(answer.additionals == 1u);
}

BOOST_AUTO_TEST_CASE(refuses_names_that_point_to_themselves_and_what_is_cut_short) {
    BOOST_TEST(shown("short").starts_with("no DNS"));
    BOOST_TEST(shown(head(0x01, 0x00, 0)) == "no DNS: it does not answer");  // a question
    // The record's name begins at byte 29 and points to itself.
    BOOST_TEST(shown(head(0x81, 0x80, 1) + record(1, "\x01\x02\x03\x04", "\xc0\x1d"s)).starts_with("no DNS"));
    BOOST_TEST(shown(head(0x81, 0x80, 1) + record(1, "\x01\x02\x03\x04", "\xff\xff"s)).starts_with("no DNS"));
    const auto whole = head(0x81, 0x80, 1) + record(1, "\x01\x02\x03\x04"s);
    for (size_t size = 0; size < whole.size(); ++size) {
        BOOST_TEST(!decode_dns_answer(std::string_view(whole).substr(0, size)), size);
    }
}

BOOST_AUTO_TEST_SUITE_END()
