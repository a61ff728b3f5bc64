#include "agent/probes/amqp_start.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie::agent;

namespace {
// Type 1, channel 0 and the size; class 10, method 10, 0-9, no properties, mechanisms, locales; the end.
std::string whole_frame() {
    using namespace std::string_literals;
    const auto payload = "\x00\x0a\x00\x0a\x00\x09"s + "\x00\x00\x00\x00"s + "\x00\x00\x00\x0ePLAIN AMQPLAIN"s +
                         "\x00\x00\x00\x05"s + "en_US"s;
    return "\x01\x00\x00\x00\x00\x00"s + static_cast<char>(payload.size()) + payload + "\xce"s;
}
std::string shown(std::string_view bytes) {
    const auto start = parse_amqp_start(bytes);
    if (!start) {
        return start.error().message;
    }
    return *start ? fmt::format("{}.{} '{}' {}", (*start)->version_major, (*start)->version_minor, (*start)->mechanisms,
                                (*start)->consumed)
                  : "more";
}
}  // namespace

BOOST_AUTO_TEST_SUITE(amqp_start)

BOOST_AUTO_TEST_CASE(reads_version_and_mechanisms) {
    const auto frame = whole_frame();
    BOOST_TEST(shown(frame) == fmt::format("0.9 'PLAIN AMQPLAIN' {}", frame.size()));
    BOOST_TEST(shown(frame + "next") == fmt::format("0.9 'PLAIN AMQPLAIN' {}", frame.size()));
}

BOOST_AUTO_TEST_CASE(waits_for_the_whole_frame) {
    const auto frame = whole_frame();
    for (size_t size = 0; size < frame.size(); ++size) {
        BOOST_TEST(shown(std::string_view(frame).substr(0, size)) == "more", size);
    }
}

BOOST_AUTO_TEST_CASE(tells_of_another_version) {
    BOOST_TEST(shown(std::string_view("AMQP\x00\x01\x00\x00", 8)) == "AMQP 1.0.0 instead of 0.9.1");
    BOOST_TEST(shown("AMQ") == "more");
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_amqp) {
    BOOST_TEST(shown("HTTP/1.1 400") == "no AMQP: its answer begins with byte 48");
    auto frame = whole_frame();
    frame.back() = 'x';
    BOOST_TEST(shown(frame) == "no AMQP: a frame does not end where it says");
    frame = whole_frame();
    frame[10] = 11;  // another method
    BOOST_TEST(shown(frame) == "no AMQP: its first frame is not Connection.Start");
    frame = whole_frame();
    frame[16] = 100;  // mechanisms longer than the frame: the length's last byte stands at 20
    frame[20] = 100;
    BOOST_TEST(shown(frame) == "no AMQP: Connection.Start is shorter than it says");
    BOOST_TEST(shown(std::string_view("\x01\x00\x00\x7f\xff\xff\xff", 7)) ==
               "no AMQP: a first frame of 2147483647 bytes");
}

BOOST_AUTO_TEST_SUITE_END()
