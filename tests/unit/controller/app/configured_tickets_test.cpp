#include "controller/app/configured_tickets.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/app/ticket_hook.hpp"
#include "tests/support/temp_folder.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {
struct Configured {
    tests::TempFolder folder;
    SystemFiles files;

    Configured() { write("a.yaml", "webhooks: [{name: helpdesk, url: 'http://127.0.0.1:1/'}]\n"); }
    void write(const std::string& name, std::string_view text) {
        BOOST_REQUIRE(files.write_atomically(folder / name, text, 0600).has_value());
    }
    Result<tickets::Options> read() {
        VIGIE_TRY(const auto config, load_controller_config(files, folder.path()));
        VIGIE_TRY(auto receivers, receivers_of_webhooks(config));
        receivers.push_back(
            {.name = "team/0", .url = "http://127.0.0.1:1/", .headers = {}, .ca_file = {}, .shown_as = "team"});
        return load_tickets(files, config, receivers);
    }
    static Result<std::vector<notify::Receiver>> receivers_of_webhooks(const ControllerConfig& config) {
        std::vector<notify::Receiver> receivers;
        for (const auto& one : config.webhooks) {
            receivers.push_back({.name = one.name, .url = one.url, .headers = {}, .ca_file = {}});
        }
        return receivers;
    }
    std::string refusal(std::string_view text) {
        write("b.yaml", text);
        const auto answer = read();
        return answer ? "" : answer.error().message;
    }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(configured_tickets, Configured)

BOOST_AUTO_TEST_CASE(without_a_configuration_there_are_priorities_and_nothing_is_promised) {
    const auto options = read().value();
    BOOST_TEST(options.priorities.size() == 4u);
    BOOST_TEST(options.default_priority == "normal");
    BOOST_TEST(options.alerts.empty());
    BOOST_TEST(options.support == "");
}

BOOST_AUTO_TEST_CASE(all_that_can_be_said_is_read_and_files_add_up) {
    write("b.yaml", R"(tickets:
  alerts: ['severity="page"']
  reopen_for: 2d
  retention: 30d
  priorities:
  - {name: urgent, alerts: 'severity="page",team="db"', respond: 30m, resolve: 4h}
  escalate: [{receiver: helpdesk}, {after: 2h, receiver: team}]
  support: helpdesk
  requester: team
  requesters: {anna: helpdesk}
  tracker: {receiver: helpdesk, token_file: /etc/vigie/tracker.token}
)");
    write("c.yaml", "tickets: {alerts: ['team=~\"a|b\"'], reopen_for: 3d, priorities: [{name: low}]}\n");
    const auto options = read().value();
    BOOST_REQUIRE(options.alerts.size() == 2u);
    BOOST_TEST(routing::is_match(options.alerts[1], {{"team", "b"}}));
    BOOST_TEST((options.reopen_for == 72h));
    BOOST_TEST((options.kept_for == 720h));
    BOOST_REQUIRE(options.priorities.size() == 2u);
    BOOST_TEST((options.priorities[0].respond == 30min));
    BOOST_TEST((options.priorities[0].resolve == 4h));
    BOOST_TEST(options.priorities[0].of_alerts.size() == 2u);
    BOOST_TEST(options.default_priority == "urgent");  // the first, since there is no 'normal'
    BOOST_REQUIRE(options.levels.size() == 2u);
    BOOST_TEST(options.levels[0].receiver == "helpdesk");
    BOOST_TEST((options.levels[1].after == 2h));
    BOOST_TEST(options.requester == "team");
    BOOST_TEST(options.requesters.at("anna") == "helpdesk");
    BOOST_TEST(options.tracker == "helpdesk");
    BOOST_TEST(options.tracker_token_file == "/etc/vigie/tracker.token");
    BOOST_TEST(options.tracker_listen == "127.0.0.1:7415");
    const auto hook = hook_wish_of(options);  // there is no such file
    BOOST_REQUIRE(!hook.has_value());
    BOOST_TEST(hook.error().message.find("b.yaml:11: tickets: token_file: ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_named_with_its_place) {
    const std::vector<std::pair<std::string, std::string>> wrong{
        {"tickets:\n  suport: helpdesk\n", "b.yaml:2: unknown key 'suport', did you mean 'support'?"},
        {"tickets:\n  support: helpdsk\n",
         "b.yaml:2: tickets: support: there is no receiver 'helpdsk', did you mean 'helpdesk'?"},
        {"tickets:\n  requester: nobody-at-all\n", "b.yaml:2: tickets: requester: there is no receiver"},
        {"tickets:\n  requesters:\n    anna: x\n", "b.yaml:3: tickets: requesters: there is no receiver 'x'"},
        {"tickets:\n  escalate:\n  - {receiver: boss-of-all}\n", "b.yaml:3: tickets: escalate: there is no receiver"},
        {"tickets:\n  escalate:\n  - {after: 2h, receiver: team}\n  - {after: 1h, receiver: team}\n",
         "b.yaml:4: tickets: escalate: after 1h comes before"},
        {"tickets:\n  escalate: team\n", "b.yaml:2: tickets: escalate: must be a list"},
        {"tickets:\n  alerts:\n  - severity\n", "b.yaml:3: tickets: alerts: "},
        {"tickets:\n  priorities:\n  - {name: a, alerts: 'x=~\"(\"'}\n", "b.yaml:3: tickets: alerts: "},
        {"tickets:\n  priorities:\n  - {name: a}\n  - {name: a}\n",
         "b.yaml:4: tickets: priorities: 'a' is defined twice"},
        {"tickets:\n  priorities: [{name: a, respond: 0s}]\n", "b.yaml:2: respond: must be between 1ms and 3650d"},
        {"tickets:\n  default_priority: urgnt\n", "did you mean 'urgent'?"},
        {"tickets:\n  retention: 1h\n", "b.yaml:2: retention: must be between 1d and 3650d"}};
    for (const auto& [text, words] : wrong) {
        BOOST_TEST(refusal(text).find(words) != std::string::npos, text << " is refused so: " << refusal(text));
    }
}

BOOST_AUTO_TEST_SUITE_END()
