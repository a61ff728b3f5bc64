// Messages as GLib's GDBus (Gio.DBusMessage.to_blob) lays them out.
#include "agent/systemd/bus_message.hpp"

#include <array>
#include <boost/test/unit_test.hpp>

#include "tests/unit/agent/systemd/hex.hpp"

namespace vigie::agent {
namespace {

using tests_of_systemd::from_hex;

const std::string error_reply = from_hex(
    "6c030001070000000b0000004800000004017300290000006f72672e667265656465736b746f702e444275732e4572726f722e536572766963"
    "6555"
    "6e6b6e6f776e0000000000000008016700017300000501750005000000020000006e6f00");
const std::string signal = from_hex(
    "6c04010109000000020000005d00000001016f00150000002f6f72672f667265656465736b746f702f4442757300000002017300140000006f"
    "7267"
    "2e667265656465736b746f702e44427573000000000801670001730000030173000c0000004e616d6541637175697265640000000004000000"
    "3a31"
    "2e3700");

}  // namespace

BOOST_AUTO_TEST_SUITE(bus_message)

BOOST_AUTO_TEST_CASE(a_call_has_the_bytes_that_gdbus_gives_it) {
    const std::array<std::string_view, 2> words{"I", "N"};
    const auto bytes = encode_bus_call({.serial = 7,
                                        .destination = "org.freedesktop.systemd1",
                                        .path = "/u",
                                        .interface = "org.freedesktop.DBus.Properties",
                                        .member = "Get",
                                        .arguments = words});
    BOOST_TEST(bytes ==
               from_hex("6c0102010e000000070000007400000001016f00020000002f75000000000000020173001f0000006f72672e667265"
                        "656465736b746f702e444275732e50726f706572746965730006017300180000006f72672e667265656465736b746f"
                        "702e73797374656d643100000000000000000801670002737300030173000300000047657400000000000100000049"
                        "000000010000004e00"));
}

BOOST_AUTO_TEST_CASE(an_error_is_read_with_its_name_and_the_call_that_it_answers) {
    const auto bytes = error_reply + "more";
    const auto message = parse_bus_message(bytes).value().value();
    BOOST_TEST((message.kind == BusMessage::Kind::error));
    BOOST_TEST(message.reply_serial == 5u);
    BOOST_TEST(message.error_name == "org.freedesktop.DBus.Error.ServiceUnknown");
    BOOST_TEST(message.signature == "s");
    BOOST_TEST(message.body == std::string_view("\2\0\0\0no\0", 7));
    BOOST_TEST(message.consumed == error_reply.size());
}

BOOST_AUTO_TEST_CASE(a_signal_answers_nothing) {
    const auto message = parse_bus_message(signal).value().value();
    BOOST_TEST((message.kind == BusMessage::Kind::other));
    BOOST_TEST(message.reply_serial == 0u);
    BOOST_TEST(message.consumed == signal.size());
}

BOOST_AUTO_TEST_CASE(a_message_that_is_not_whole_waits_for_more) {
    for (size_t size = 0; size < error_reply.size(); ++size) {
        const auto message = parse_bus_message(std::string_view(error_reply).substr(0, size));
        BOOST_REQUIRE(message);
        BOOST_TEST(!*message);
    }
}

BOOST_AUTO_TEST_CASE(what_is_too_large_or_of_another_order_is_refused_before_it_is_whole) {
    // A body of 8 MiB behind a header of sixteen bytes; lengths of 4 GiB, which 32 bits can't add to anything.
    for (const auto* header : {"6c020001000080000000000000000000", "6c020001ffffffff00000000ffffffff",
                               "6c0200010000000000000000ffffffff", "6c020001f0ffffff0000000000000000"}) {
        const auto large = parse_bus_message(from_hex(header));
        BOOST_REQUIRE(!large);
        BOOST_TEST((large.error().code == ErrorCode::too_large));
    }
    for (const auto* header : {"42020001000000010000000900000000", "6c020002000000000000000900000000"}) {
        const auto other = parse_bus_message(from_hex(header));
        BOOST_REQUIRE(!other);
        BOOST_TEST((other.error().code == ErrorCode::malformed));
    }
}

BOOST_AUTO_TEST_CASE(a_header_field_that_runs_over_its_header_is_malformed) {
    auto broken = error_reply;
    broken[20] = 0x7f;  // the length of the error's name
    const auto message = parse_bus_message(broken);
    BOOST_REQUIRE(!message);
    BOOST_TEST((message.error().code == ErrorCode::malformed));
}

BOOST_AUTO_TEST_CASE(the_welcome_ends_with_ok) {
    const std::string welcome = "DATA\r\nOK 0123456789abcdef0123456789abcdef\r\n";
    BOOST_TEST(!parse_bus_welcome(welcome.substr(0, welcome.size() - 1)).value());
    BOOST_TEST(parse_bus_welcome(welcome + "l\2").value().value() == welcome.size());
    BOOST_TEST((parse_bus_welcome("DATA\r\nREJECTED EXTERNAL\r\n").error().code == ErrorCode::denied));
    BOOST_TEST((parse_bus_welcome("HTTP/1.1 400 Bad Request\r\n").error().code == ErrorCode::malformed));
    BOOST_TEST((parse_bus_welcome(std::string(300, 'x')).error().code == ErrorCode::malformed));
    BOOST_TEST(!parse_bus_welcome("DATA\r\nDATA\r\nDATA\r\n").value());
    BOOST_TEST((parse_bus_welcome("DATA\r\nDATA\r\nDATA\r\nDATA\r\n").error().code == ErrorCode::malformed));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
