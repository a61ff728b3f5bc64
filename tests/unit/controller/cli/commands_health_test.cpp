// vigie health.
#include <boost/test/unit_test.hpp>
#include <sstream>

#include "controller/cli/cli.hpp"

namespace vigie::controller {
namespace {

struct HealthLine {
    Request asked;
    Result<Json> answer = Json::array();
    std::ostringstream out;
    std::ostringstream err;

    int run(const std::vector<std::string>& words) {
        asked = {};
        out.str("");
        err.str("");
        const Surroundings world{
            .ask =
                [this](const Door&, const Request& request) {
                    asked = request;
                    return answer;
                },
            .make_key = {},
            .now_unix_ms = [] { return int64_t{1'800'000'060'000}; },
            .pause = [](milliseconds) { return false; },
            .ask_person = {},
            .environment = {{"NO_COLOR", "1"}},
            .is_terminal = false,
            .columns = 100,
            .out = out,
            .err = err,
        };
        return run_cli(words, world);
    }
    static Json row(const std::string& name, const std::string& state, bool is_critical, const Json& since) {
        return {{"host", "web-1"}, {"category", "database"}, {"name", name},
                {"kind", "tcp"},   {"state", state},         {"is_hard", true},
                {"since", since},  {"output", "says so"},    {"is_critical", is_critical}};
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(commands_health, HealthLine)

BOOST_AUTO_TEST_CASE(asks_for_a_host_for_labels_or_for_all) {
    BOOST_TEST(run({"health", "web-1"}) == 0);
    BOOST_TEST(asked.verb == "health");
    BOOST_TEST((asked.arguments == Json{{"host", "web-1"}}));
    BOOST_TEST(run({"health"}) == 0);
    BOOST_TEST((asked.arguments == Json::object()));
    BOOST_TEST(run({"health", "-l", "env=prod"}) == 0);
    BOOST_TEST(asked.arguments["labels"]["env"] == "prod");
    BOOST_TEST(run({"health", ""}) == 2);
}

BOOST_AUTO_TEST_CASE(is_a_table_and_ends_with_six_when_something_is_critical) {
    answer = Json::array({row("pg", "ok", false, "2027-01-15T08:00:00.000Z"), row("/", "warning", false, nullptr)});
    BOOST_TEST(run({"health", "web-1"}) == 0);
    BOOST_TEST(out.str() ==
               "HOST   CATEGORY  NAME  STATE    SINCE   OUTPUT\n"
               "web-1  database  pg    ok       1m ago  says so\n"
               "web-1  database  /     warning  -       says so\n");
    answer = Json::array({row("pg", "critical", true, nullptr)});
    BOOST_TEST(run({"health", "web-1"}) == 6);
    BOOST_TEST(run({"health", "web-1", "-o", "json"}) == 6);
    BOOST_TEST(Json::parse(out.str())[0]["name"] == "pg");
    answer = Json::array({row("pg", "critical", false, nullptr)});  // soft: nobody need act yet
    BOOST_TEST(run({"health", "web-1"}) == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::controller
