#include "controller/cli/door.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::controller;

BOOST_AUTO_TEST_SUITE(door)

BOOST_AUTO_TEST_CASE(without_a_word_the_local_socket_is_asked) {
    const auto door = choose_door({}, {}).value();
    BOOST_TEST(door.socket == "/run/vigie/operator.sock");
    BOOST_TEST(door.controller == "");
}

BOOST_AUTO_TEST_CASE(a_controller_elsewhere_needs_a_key) {
    const auto error =
        choose_door({.socket = {}, .controller = "tcp://c:7413", .key_file = {}, .controller_key = {}}, {});
    BOOST_REQUIRE(!error.has_value());
    BOOST_TEST(error.error().message.find("VIGIE_KEY") != std::string::npos);
    const auto door = choose_door({}, {{"VIGIE_CONTROLLER", "tcp://c:7413"}, {"VIGIE_KEY", "/k"}}).value();
    BOOST_TEST(door.socket == "");
    BOOST_TEST(door.controller == "tcp://c:7413");
    BOOST_TEST(door.key_file == "/k");
}

BOOST_AUTO_TEST_CASE(a_flag_for_one_door_wins_over_the_environments_other) {
    const std::map<std::string, std::string> elsewhere{{"VIGIE_CONTROLLER", "tcp://c:7413"}, {"VIGIE_KEY", "/k"}};
    const auto local = choose_door({.socket = "/s", .controller = {}, .key_file = {}, .controller_key = {}}, elsewhere);
    BOOST_TEST(local.value().socket == "/s");
    BOOST_TEST(local.value().controller == "");
    const auto remote = choose_door({.socket = {}, .controller = "tcp://d:1", .key_file = "/l", .controller_key = {}},
                                    {{"VIGIE_SOCKET", "/s"}, {"VIGIE_KEY", "/k"}, {"VIGIE_CONTROLLER_KEY", "c"}});
    BOOST_TEST(remote.value().controller == "tcp://d:1");
    BOOST_TEST(remote.value().socket == "");
    BOOST_TEST(remote.value().key_file == "/l");
    BOOST_TEST(remote.value().controller_key == "c");
}

BOOST_AUTO_TEST_CASE(two_doors_at_once_are_refused) {
    BOOST_TEST(!choose_door({.socket = "/s", .controller = "tcp://c:1", .key_file = {}, .controller_key = {}}, {})
                    .has_value());
    BOOST_TEST(!choose_door({}, {{"VIGIE_CONTROLLER", "tcp://c:1"}, {"VIGIE_SOCKET", "/s"}}).has_value());
    BOOST_TEST(!choose_door({.socket = {}, .controller = {}, .key_file = "/k", .controller_key = {}}, {}).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
