// A talk with a systemd of the test's own.
#include "agent/systemd/unit_talk.hpp"

#include <algorithm>

#include "tests/unit/agent/systemd/fake_systemd.hpp"

namespace vigie::agent {
namespace {

using tests_of_systemd::FakeSystemd;

struct Talking {
    FakeSystemd systemd;
    SystemdOptions options;
    std::optional<UnitTalk> talk;

    Talking() {
        systemd.units["web.service"].properties = {{"Service.Type", "notify"},
                                                   {"Service.NRestarts", 3u},
                                                   {"Service.TasksCurrent", uint64_t{7}},
                                                   {"Service.TasksMax", UINT64_MAX},
                                                   {"Unit.ActiveEnterTimestamp", uint64_t{1'700'000'000'500'000}}};
        systemd.units["db.service"] = {.active = "failed", .properties = {{"Service.Type", "simple"}}};
        systemd.units["gone.service"] = {.load = "not-found", .active = "inactive"};
        systemd.units["data.mount"].properties = {{"Mount.Type", "ext4"}};
        systemd.units["logs.timer"].properties = {{"Timer.LastTriggerUSec", uint64_t{1'700'000'001'250'000}}};
        systemd.units["ssh.socket"].properties = {
            {"Socket.Accept", true}, {"Socket.NAccepted", 9u}, {"Socket.NConnections", 2u}, {"Socket.NRefused", 1u}};
        systemd.units["dbus.socket"].properties = {
            {"Socket.Accept", false}, {"Socket.NAccepted", 0u}, {"Socket.NConnections", 0u}};
        systemd.units["up.target"].active = "reloading";
    }

    // Bytes go back and forth, `chunk` of them at a time, until nobody has anything to say.
    Result<SystemdReading> round(size_t chunk = 1 << 20) {
        if (!talk) {
            talk.emplace(options);
        }
        std::string to_systemd = talk->begin_round();
        while (!to_systemd.empty()) {
            const auto said = systemd.answer(std::exchange(to_systemd, {}));
            for (size_t at = 0; at < said.size(); at += chunk) {
                VIGIE_TRY(const auto more, talk->take(std::string_view(said).substr(at, chunk)));
                to_systemd += more;
            }
        }
        BOOST_REQUIRE(talk->is_round_over());
        return talk->take_reading();
    }
    // To a systemd that has the same units.
    void connect_again() {
        talk.reset();
        FakeSystemd again;
        again.units = systemd.units;
        systemd = again;
    }
    const UnitReading& unit(const SystemdReading& reading, std::string_view name) const {
        const auto found = std::find_if(reading.units.begin(), reading.units.end(),
                                        [&](const UnitReading& one) { return one.name == name; });
        BOOST_REQUIRE((found != reading.units.end()));
        return *found;
    }
    std::vector<std::string> names(const SystemdReading& reading) const {
        std::vector<std::string> all;
        for (const auto& one : reading.units) {
            all.push_back(one.name);
        }
        return all;
    }
    size_t times_asked(const std::string& what) const {
        return static_cast<size_t>(std::count(systemd.asked.begin(), systemd.asked.end(), what));
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(unit_talk, Talking)

BOOST_AUTO_TEST_CASE(a_round_gives_loaded_units_that_the_patterns_let_through_and_counts_all) {
    const auto reading = round().value();
    BOOST_TEST(reading.version == "252.38-1~deb12u1");
    BOOST_TEST((reading.is_running == true));
    BOOST_TEST(names(reading) == (std::vector<std::string>{"db.service", "dbus.socket", "logs.timer", "ssh.socket",
                                                           "up.target", "web.service"}),
               boost::test_tools::per_element());
    const std::map<std::string, double> counts{{"active", 5},   {"activating", 0}, {"deactivating", 0},
                                               {"inactive", 1}, {"failed", 1},     {"reloading", 1}};
    BOOST_TEST((reading.counts == counts));
    BOOST_TEST(reading.left_out == 0u);
}

BOOST_AUTO_TEST_CASE(a_host_that_shuts_down_says_so) {
    BOOST_TEST(!round().value().is_stopping);
    systemd.manager["Manager.SystemState"] = "stopping";
    const auto reading = round().value();
    BOOST_TEST(reading.is_stopping);
    BOOST_TEST((reading.is_running == false));
}

BOOST_AUTO_TEST_CASE(properties_are_those_of_the_kind_of_unit) {
    const auto reading = round().value();
    UnitReading web;
    web.name = "web.service";
    web.state = unit_state_of("active");
    web.type = "notify";
    web.restarts = 3;
    BOOST_TEST((unit(reading, "web.service") == web));
    BOOST_TEST(unit(reading, "db.service").state == unit_state_of("failed"));
    BOOST_TEST((unit(reading, "db.service").restarts == std::nullopt));  // this systemd does not know NRestarts of it
    BOOST_TEST((unit(reading, "logs.timer").triggered_seconds == 1'700'000'001.25));
    UnitReading socket;
    socket.name = "ssh.socket";
    socket.state = unit_state_of("active");
    socket.accepted = 9;
    socket.connections = 2;
    socket.refused = 1;
    BOOST_TEST((unit(reading, "ssh.socket") == socket));
    BOOST_TEST((unit(reading, "dbus.socket").accepted == 0.0));
    BOOST_TEST((unit(reading, "dbus.socket").refused == std::nullopt));  // systemd before 239
    BOOST_TEST(unit(reading, "up.target").state == other_unit_state);
}

BOOST_AUTO_TEST_CASE(what_is_not_asked_for_costs_no_question) {
    options.has_restarts = false;
    BOOST_REQUIRE(round());
    const std::vector<std::string> asked{"Manager.Version",
                                         "Manager.SystemState",
                                         "ListUnits",
                                         "db.service Service.Type",
                                         "dbus.socket Socket.Accept",
                                         "dbus.socket Socket.NAccepted",
                                         "dbus.socket Socket.NConnections",
                                         "dbus.socket Socket.NRefused",
                                         "logs.timer Timer.LastTriggerUSec",
                                         "ssh.socket Socket.Accept",
                                         "ssh.socket Socket.NAccepted",
                                         "ssh.socket Socket.NConnections",
                                         "ssh.socket Socket.NRefused",
                                         "web.service Service.Type"};
    BOOST_TEST(systemd.asked == asked, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(tasks_and_start_times_come_when_they_are_wanted) {
    options.has_tasks = options.has_start_times = true;
    const auto reading = round().value();
    BOOST_TEST((unit(reading, "web.service").tasks == 7.0));
    BOOST_TEST((unit(reading, "web.service").tasks_max == std::nullopt));  // "infinity"
    BOOST_TEST((unit(reading, "web.service").started_seconds == 1'700'000'000.5));
    BOOST_TEST((unit(reading, "db.service").started_seconds == 0.0));  // not active
}

BOOST_AUTO_TEST_CASE(mounts_have_a_type_where_they_are_included) {
    options.exclude.clear();
    options.include = {"*.mount"};
    const auto reading = round().value();
    BOOST_TEST(names(reading) == std::vector<std::string>{"data.mount"}, boost::test_tools::per_element());
    BOOST_TEST(reading.units[0].type == "ext4");
}

BOOST_AUTO_TEST_CASE(the_next_round_asks_for_what_moves_and_keeps_the_rest) {
    const auto first = round().value();
    systemd.asked.clear();
    systemd.units["ssh.socket"].properties["Socket.NAccepted"] = 10u;
    systemd.units["new.service"].properties = {{"Service.Type", "oneshot"}};
    const auto second = round().value();
    const std::vector<std::string> asked{"Manager.SystemState",          "ListUnits",
                                         "db.service Service.NRestarts", "logs.timer Timer.LastTriggerUSec",
                                         "new.service Service.Type",     "new.service Service.NRestarts",
                                         "ssh.socket Socket.NAccepted",  "ssh.socket Socket.NConnections",
                                         "ssh.socket Socket.NRefused",   "web.service Service.NRestarts"};
    BOOST_TEST(systemd.asked == asked, boost::test_tools::per_element());
    BOOST_TEST((unit(second, "ssh.socket").accepted == 10.0));
    BOOST_TEST((unit(second, "dbus.socket") == unit(first, "dbus.socket")));
    BOOST_TEST(unit(second, "web.service").type == "notify");
    BOOST_TEST(second.version == first.version);
}

BOOST_AUTO_TEST_CASE(what_is_known_is_asked_again_every_sixtieth_round) {
    for (uint64_t rounds = 0; rounds < known_rounds; ++rounds) {
        BOOST_REQUIRE(round());
    }
    BOOST_TEST(times_asked("web.service Service.Type") == 1u);
    systemd.units["web.service"].properties["Service.Type"] = "exec";
    BOOST_TEST(unit(round().value(), "web.service").type == "exec");
}

BOOST_AUTO_TEST_CASE(a_unit_that_comes_back_is_asked_anew) {
    BOOST_REQUIRE(round());
    const auto web = systemd.units.extract("web.service");
    BOOST_REQUIRE(round());
    systemd.units["web.service"] = web.mapped();
    systemd.units["web.service"].properties["Service.Type"] = "dbus";
    BOOST_TEST(unit(round().value(), "web.service").type == "dbus");
}

BOOST_AUTO_TEST_CASE(bytes_may_come_one_by_one) {
    const auto whole = round().value();
    connect_again();
    BOOST_TEST((round(1).value() == whole));
}

BOOST_AUTO_TEST_CASE(failed_units_stay_when_there_are_too_many) {
    systemd.units.clear();
    for (size_t i = 0; i < systemd_units_max + 20; ++i) {
        systemd.units[fmt::format("u{:04}.path", i)];
    }
    systemd.units["zz.path"].active = "failed";
    const auto reading = round().value();
    BOOST_TEST(reading.units.size() == systemd_units_max);
    BOOST_TEST(reading.left_out == 21u);
    BOOST_TEST(reading.units.back().name == "zz.path");
    BOOST_TEST((reading.counts.at("active") == static_cast<double>(systemd_units_max + 20)));
}

// 200 names of 250 bytes are 50,000, and 32,768 are the most: 131 of them.
BOOST_AUTO_TEST_CASE(long_names_have_less_room) {
    systemd.units.clear();
    for (size_t i = 0; i < 200; ++i) {
        systemd.units[fmt::format("u{:03}{}.path", i, std::string(241, 'x'))];
    }
    const auto reading = round().value();
    BOOST_TEST(reading.units.size() == 131u);
    BOOST_TEST(reading.left_out == 69u);
}

// The bus refuses what is over 128 calls; 200 services have two questions each.
BOOST_AUTO_TEST_CASE(many_units_are_asked_for_without_more_calls_at_once_than_a_bus_allows) {
    systemd.units.clear();
    for (uint32_t i = 0; i < 200; ++i) {
        systemd.units[fmt::format("job-{:03}.service", i)].properties = {
            {"Service.Type", i % 2 == 0 ? "simple" : "oneshot"}, {"Service.NRestarts", i}};
    }
    const auto reading = round().value();
    BOOST_REQUIRE(reading.units.size() == 200u);
    for (size_t i = 0; i < 200; ++i) {
        BOOST_TEST(reading.units[i].type == (i % 2 == 0 ? "simple" : "oneshot"));
        BOOST_TEST((reading.units[i].restarts == static_cast<double>(i)));
    }
    BOOST_TEST(systemd.most_at_once == questions_in_flight_max);
    BOOST_TEST(systemd.asked.size() == 3u + 400u);
    connect_again();
    BOOST_TEST((round(1).value() == reading));
}

BOOST_AUTO_TEST_CASE(a_bus_at_its_limits_fails_the_round_and_no_series_changes) {
    systemd.answers_max = 5;
    const auto reading = round();
    BOOST_REQUIRE(!reading);
    BOOST_TEST((reading.error().code == ErrorCode::unavailable));
    BOOST_TEST(reading.error().message.find("LimitsExceeded") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(only_what_is_not_there_is_passed_over) {
    for (const auto* absence :
         {"org.freedesktop.DBus.Error.UnknownProperty", "org.freedesktop.DBus.Error.UnknownObject",
          "org.freedesktop.DBus.Error.UnknownInterface", "org.freedesktop.DBus.Error.UnknownMethod",
          "org.freedesktop.systemd1.NoSuchUnit"}) {
        connect_again();
        systemd.errors = {{"web.service Service.NRestarts", absence}};
        const auto reading = round().value();
        BOOST_TEST((unit(reading, "web.service").restarts == std::nullopt));
        BOOST_TEST(unit(reading, "web.service").type == "notify");
    }
    for (const auto& [name, code] : {std::pair("org.freedesktop.DBus.Error.LimitsExceeded", ErrorCode::unavailable),
                                     std::pair("org.freedesktop.DBus.Error.NoReply", ErrorCode::unavailable),
                                     std::pair("org.freedesktop.DBus.Error.AccessDenied", ErrorCode::denied)}) {
        connect_again();
        systemd.errors = {{"web.service Service.Type", name}};
        const auto reading = round();
        BOOST_REQUIRE(!reading);
        BOOST_TEST((reading.error().code == code));
        BOOST_TEST(reading.error().message == fmt::format("systemd: Type of web.service: {}", name));
    }
}

BOOST_AUTO_TEST_CASE(a_value_of_another_type_is_no_number) {
    systemd.units["web.service"].properties["Service.NRestarts"] = 3.5;
    systemd.units["logs.timer"].properties["Timer.LastTriggerUSec"] = 7u;
    const auto reading = round().value();
    BOOST_TEST((unit(reading, "web.service").restarts == std::nullopt));
    BOOST_TEST((unit(reading, "logs.timer").triggered_seconds == std::nullopt));
}

BOOST_AUTO_TEST_CASE(a_bus_without_systemd_is_not_found_and_a_refusal_is_told) {
    systemd.error_of_all = "org.freedesktop.DBus.Error.ServiceUnknown";
    BOOST_TEST((round().error().code == ErrorCode::not_found));
    talk.reset();
    systemd = {};
    systemd.error_of_all = "org.freedesktop.DBus.Error.AccessDenied";
    const auto denied = round();
    BOOST_REQUIRE(!denied);
    BOOST_TEST((denied.error().code == ErrorCode::denied));
    BOOST_TEST(denied.error().message == "systemd: Version: org.freedesktop.DBus.Error.AccessDenied");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
