// Answers as GLib's GDBus lays them out, whole messages with their headers.
#include "agent/systemd/unit_replies.hpp"

#include <boost/test/unit_test.hpp>
#include <vector>

#include "agent/systemd/bus_message.hpp"
#include "tests/unit/agent/systemd/hex.hpp"

namespace vigie::agent {
namespace {

using tests_of_systemd::from_hex;

// Two units: ssh.service, and a.timer with a job.
const std::string list_reply = from_hex(
    "6c02000139010000090000004000000007017300040000003a312e300000000006017300040000003a312e3700000000080167000d612873"
    "73737373736f75736f29000000000000050175000300000031010000000000000b0000007373682e73657276696365001b0000004f70656e"
    "42534420536563757265205368656c6c2073657276657200060000006c6f6164656400000600000061637469766500000700000072756e6e"
    "696e670000000000000000002c0000002f6f72672f667265656465736b746f702f73797374656d64312f756e69742f7373685f3265736572"
    "7669636500000000000000000000000000000000010000002f0000000000000007000000612e74696d657200000000000000000006000000"
    "6c6f616465640000060000006661696c656400000400000064656164000000000100000078000000280000002f6f72672f66726565646573"
    "6b746f702f73797374656d64312f756e69742f615f326574696d65720000000007000000050000007374617274000000040000002f6a2f37"
    "00");

struct Unit {
    std::string name, load, active, sub, path;
};

Result<std::vector<Unit>> units_of(const BusMessage& message, std::string_view body) {
    std::vector<Unit> units;
    VIGIE_CHECK(parse_unit_list(message.signature, body, [&](const ListedUnit& unit) {
        units.push_back({std::string(unit.name), std::string(unit.load), std::string(unit.active),
                         std::string(unit.sub), std::string(unit.path)});
    }));
    return units;
}

struct Property {
    char type;
    uint64_t number;
    std::string text;
};

Property property_of(const std::string& bytes) {
    const auto message = parse_bus_message(bytes).value().value();
    const auto value = parse_unit_property(message.signature, message.body).value();
    return {value.type, value.number, std::string(value.text)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(unit_replies)

BOOST_AUTO_TEST_CASE(a_list_gives_each_unit_with_its_states_and_its_path) {
    const auto message = parse_bus_message(list_reply).value().value();
    const auto units = units_of(message, message.body).value();
    BOOST_REQUIRE(units.size() == 2u);
    BOOST_TEST(units[0].name == "ssh.service");
    BOOST_TEST(units[0].load == "loaded");
    BOOST_TEST(units[0].active == "active");
    BOOST_TEST(units[0].sub == "running");
    BOOST_TEST(units[0].path == "/org/freedesktop/systemd1/unit/ssh_2eservice");
    BOOST_TEST(units[1].name == "a.timer");
    BOOST_TEST(units[1].active == "failed");
    BOOST_TEST(units[1].path == "/org/freedesktop/systemd1/unit/a_2etimer");
}

BOOST_AUTO_TEST_CASE(a_list_that_breaks_off_anywhere_is_malformed) {
    const auto message = parse_bus_message(list_reply).value().value();
    for (size_t size = 0; size < message.body.size(); ++size) {
        const auto units = units_of(message, message.body.substr(0, size));
        BOOST_REQUIRE(!units);
        BOOST_TEST((units.error().code == ErrorCode::malformed));
    }
    BOOST_TEST((parse_unit_list("as", message.body, [](const auto&) {}).error().code == ErrorCode::malformed));
}

BOOST_AUTO_TEST_CASE(properties_are_texts_numbers_and_truths) {
    const auto text = property_of(from_hex(
        "6c0200010f0000000a0000002000000007017300040000003a312e3000000000080167000176000005017500040000000173000006"
        "0000006e6f7469667900"));
    BOOST_TEST(text.type == 's');
    BOOST_TEST(text.text == "notify");
    const auto small = property_of(from_hex(
        "6c020001080000000a0000002000000007017300040000003a312e300000000008016700017600000501750004000000017500002a"
        "000000"));
    BOOST_TEST(small.type == 'u');
    BOOST_TEST(small.number == 42u);
    const auto large = property_of(from_hex(
        "6c020001100000000a0000002000000007017300040000003a312e3000000000080167000176000005017500040000000174000000"
        "000000ffffffffffffffff"));
    BOOST_TEST(large.type == 't');
    BOOST_TEST(large.number == std::numeric_limits<uint64_t>::max());
    const auto truth = property_of(from_hex(
        "6c020001080000000a0000002000000007017300040000003a312e3000000000080167000176000005017500040000000162000001"
        "000000"));
    BOOST_TEST(truth.type == 'b');
    BOOST_TEST(truth.number == 1u);
}

BOOST_AUTO_TEST_CASE(a_property_that_is_an_array_is_malformed) {
    const auto bytes = from_hex(
        "6c0200010e0000000a0000002000000007017300040000003a312e30000000000801670001760000050175000400000002617300060000"
        "00010000007800");
    const auto message = parse_bus_message(bytes).value().value();
    BOOST_TEST((parse_unit_property(message.signature, message.body).error().code == ErrorCode::malformed));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
