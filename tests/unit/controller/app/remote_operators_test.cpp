#include "controller/app/remote_operators.hpp"

#include <boost/test/unit_test.hpp>

#include "controller/audit/chain.hpp"
#include "protocol/transport/agent_socket.hpp"
#include "tests/support/wait_until.hpp"
#include "tests/unit/controller/app/world.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {
OperatorConfig operator_of(std::string name, std::string key, std::string role) {
    return {.name = std::move(name), .key = std::move(key), .role = std::move(role), .place = "c.yaml:3: operators"};
}

struct Book {
    ControllerConfig config;
    const std::string key = protocol::make_key_pair().public_key;
    Book() { config.operators_listen = "tcp://127.0.0.1:0"; }
    std::string error(std::vector<OperatorConfig> operators) {
        config.operators = std::move(operators);
        const auto book = operators_of(config);
        return book ? "" : book.error().message;
    }
};

// A port on loopback before the desk of a World.
struct Remote : World {
    SystemClock system_clock;
    protocol::Context context = protocol::Context::open(1).value();
    protocol::KeyPair controller_keys = protocol::make_key_pair();
    protocol::KeyPair annas_keys = protocol::make_key_pair();
    const std::string anna = annas_keys.public_key;
    std::unique_ptr<RemoteOperators> remote;

    Remote() {
        OperatorPortOptions options;
        options.listen = "tcp://127.0.0.1:0";
        options.keys = controller_keys;
        remote = RemoteOperators::open(options, {{anna, {"anna", Role::viewer}}}, *loop, desk, witness, system_clock)
                     .value();
        remote->start();
    }
    // denied with no message when the key is refused.
    Result<Json> ask_remotely(const std::string& verb) {
        const auto socket =
            protocol::AgentSocket::open(
                context, {.endpoint = remote->endpoint(), .server_key = controller_keys.public_key}, annas_keys)
                .value();
        bool is_sent = false;
        std::optional<Result<Json>> answer;
        tests::wait_until([&] {
            is_sent = is_sent || socket->send("1", Json{{"verb", verb}}.dump());
            settle();
            if (const auto frames = socket->receive()) {
                answer = decode_answer(frames->body);
            }
            const auto event = socket->next_event();
            if (event && event->kind == protocol::SocketEvent::Kind::refused) {
                answer = fail(ErrorCode::denied, "");
            }
            return answer.has_value();
        });
        return answer.value_or(fail(ErrorCode::timed_out, "no answer"));
    }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(operator_book, Book)

BOOST_AUTO_TEST_CASE(names_keys_and_roles_are_checked_and_their_line_is_told) {
    BOOST_TEST(error({operator_of("anna", key, "viewer")}) == "");
    BOOST_TEST(error({operator_of("anna", "short", "viewer")}).starts_with("c.yaml:3: operators: key: not 40"));
    BOOST_TEST(error({operator_of("anna", key, "root")}) ==
               "c.yaml:3: operators: role 'root': must be viewer, operator or admin");
    for (const auto* name : {"", "7", "uid 7", "an na", "controller", "host", "-x"}) {
        BOOST_TEST(error({operator_of(name, key, "viewer")}).starts_with("c.yaml:3: operators: name '"), name);
    }
    BOOST_TEST(error({operator_of("anna", key, "viewer"), operator_of("bert", key, "admin")})
                   .ends_with("the key of 'bert' stands under another name already"));
}

BOOST_AUTO_TEST_CASE(keys_without_a_port_are_refused) {
    config.operators_listen = "";
    BOOST_TEST(error({operator_of("anna", key, "viewer")}) ==
               "c.yaml:3: operators: operators.listen is missing: where shall they connect?");
    BOOST_TEST(error({}) == "");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(remote_operators, Remote)

BOOST_AUTO_TEST_CASE(a_key_has_its_role_and_its_name_in_the_log) {
    BOOST_TEST(ask_remotely("hosts.list").has_value());
    const auto refused = ask_remotely("enrol.token");
    BOOST_REQUIRE(!refused.has_value());
    BOOST_TEST(refused.error().message == "enrol.token needs the role admin; anna has the role viewer");
    const auto log = newest_audit(memory, {}).value();
    BOOST_REQUIRE(log.size() == 1u);
    BOOST_TEST(log.front().entry.user == "anna");
    BOOST_TEST(log.front().entry.key == anna);
    BOOST_TEST(log.front().entry.from == "127.0.0.1");
}

BOOST_AUTO_TEST_CASE(a_new_role_holds_at_once_and_a_removed_key_is_out) {
    remote->replace({{anna, {"anna", Role::admin}}});
    BOOST_TEST(ask_remotely("enrol.token").has_value());
    remote->replace({});
    BOOST_TEST((ask_remotely("hosts.list").error().code == ErrorCode::denied));
    settle();
    const auto log = newest_audit(memory, {.verb = "operators.reload"}).value();
    BOOST_REQUIRE(log.size() == 2u);
    const auto row = [this](const char* role) {
        return Json::array({{{"name", "anna"}, {"role", role}, {"key", anna}}});
    };
    const auto first = Json::parse(log[1].entry.arguments);
    BOOST_TEST((first["before"] == row("viewer")));
    BOOST_TEST((first["now"] == row("admin")));
    const auto second = Json::parse(log[0].entry.arguments);
    BOOST_TEST((second["before"] == row("admin")));
    BOOST_TEST((second["now"] == Json::array()));
    remote->replace({});
    settle();
    BOOST_TEST(newest_audit(memory, {.verb = "operators.reload"}).value().size() == 2u);
}

BOOST_AUTO_TEST_CASE(another_key_under_the_same_name_and_role_is_recorded) {
    const auto other = protocol::make_key_pair().public_key;
    remote->replace({{other, {"anna", Role::viewer}}});
    settle();
    const auto log = newest_audit(memory, {.verb = "operators.reload"}).value();
    BOOST_REQUIRE(log.size() == 1u);
    BOOST_TEST(Json::parse(log[0].entry.arguments)["now"][0]["key"] == other);
    BOOST_TEST(Json::parse(log[0].entry.arguments)["before"][0]["key"] == anna);
}

BOOST_AUTO_TEST_CASE(a_book_is_recorded_at_the_start_when_it_is_another_one) {
    const auto noted = [this](const OperatorBook& book) {
        BOOST_REQUIRE(note_book(memory, book, witness).has_value());
        settle();
        return newest_audit(memory, {.verb = "operators.reload"}).value().size();
    };
    const OperatorBook first{{anna, {"anna", Role::viewer}}};
    BOOST_TEST(noted({}) == 0u);  // there never was one
    BOOST_TEST(noted(first) == 1u);
    BOOST_TEST(noted(first) == 1u);
    BOOST_TEST(noted({{anna, {"anna", Role::admin}}}) == 2u);  // changed while the controller was down
    remote->replace(first);                                    // as it was opened with: nothing
    remote->replace({});
    settle();
    BOOST_TEST(noted({}) == 3u);  // a reload's record tells the book as well
    BOOST_TEST(noted(first) == 4u);
}

BOOST_AUTO_TEST_SUITE_END()
