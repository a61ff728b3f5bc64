// Each verb's least role is a decision that stands in docs/operate/operators.md: a verb without a line there fails
// here.
#include <fstream>
#include <regex>

#include "controller/app/answers_health.hpp"
#include "controller/app/answers_tickets.hpp"
#include "controller/app/answers_why.hpp"
#include "tests/unit/controller/app/world.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {
const std::string page = "docs/operate/operators.md";

// Lines "| `hosts.list` | viewer | … |".
std::map<std::string, Role> documented() {
    std::ifstream file(page);
    BOOST_REQUIRE(file.is_open());
    const std::regex form(R"(^\| `([a-z_.]+)` \| (viewer|operator|admin) \|.*)");
    std::map<std::string, Role> roles;
    for (std::string line; std::getline(file, line);) {
        if (std::smatch parts; std::regex_match(line, parts, form)) {
            roles.emplace(parts[1], role_named(parts[2].str()).value());
        }
    }
    return roles;
}

struct AllVerbs : World {
    tickets::TicketBook book{memory, {}};
    routing::Routing routes;
    RoutingSources routing{.routing = routes, .webhooks = {}};

    AllVerbs() {
        add_health_answers(desk, *sources);
        add_ticket_answers(desk, *sources, book);
        add_error_answers(desk, *sources);
        add_silence_answers(desk, *sources, routing);
        add_maintenance_answers(desk, *sources, routing);
        add_route_answers(desk, *sources, routing);
        add_why_answer(desk, *sources, routing, queries);
    }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(roles, AllVerbs)

BOOST_AUTO_TEST_CASE(each_verb_has_the_role_that_is_documented) {
    const auto decided = documented();
    const auto verbs = desk.least_roles();
    for (const auto& [verb, role] : verbs) {
        const auto found = decided.find(verb);
        BOOST_TEST((found != decided.end()), verb << " has no line in the table of roles in " << page);
        BOOST_TEST((found == decided.end() || found->second == role),
                   verb << " needs the role " << name_of(role) << ", and " << page << " says otherwise");
    }
    for (const auto& [verb, role] : decided) {
        BOOST_TEST(verbs.contains(verb), page << " tells of " << verb << ", which is no verb");
    }
}

BOOST_AUTO_TEST_CASE(each_verb_is_refused_to_every_lesser_role_and_to_no_other) {
    for (const auto& [verb, least] : documented()) {
        for (const auto role : {Role::viewer, Role::operator_, Role::admin}) {
            std::string line;
            desk.take(Caller{.name = "anna", .key = "k", .role = role, .from = "10.0.0.7"}, Json{{"verb", verb}}.dump(),
                      [&line](std::string answer) { line = std::move(answer); });
            settle();
            // Of those that the pool answers, while its other thread turns over: seconds, where there is no answer.
            for (int i = 0; i < 200'000 && line.empty(); ++i) {
                loop->run_on_pool([] {}, [this] { loop->stop(); });
                loop->run();
            }
            BOOST_TEST(!line.empty(), verb << " as " << name_of(role) << " is not answered");
            const auto answer = decode_answer(line);
            const bool is_denied = !answer && answer.error().code == ErrorCode::denied;
            BOOST_TEST(is_denied == (role < least), verb << " as " << name_of(role));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
