// Against a ROUTER of the test's own, which plays the controller.
#include "controller/remote/remote_controller.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <thread>

#include "protocol/transport/router_socket.hpp"
#include "protocol/transport/zap.hpp"
#include "tests/support/reserved_port.hpp"
#include "tests/support/temp_folder.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {
struct Elsewhere {
    tests::TempFolder folder;
    SystemFiles files;
    SystemClock clock;
    protocol::KeyPair controller_keys = protocol::make_key_pair();
    std::string key_file = folder / "my.key";
    std::string public_key = make_operator_key(key_file, controller_keys.public_key).value();
    protocol::Context context = protocol::Context::open(1).value();
    protocol::KeyTable table;
    std::unique_ptr<protocol::ZapThread> zap =
        protocol::ZapThread::open(context, table, clock, {}, protocol::operators_domain).value();
    std::unique_ptr<protocol::RouterSocket> router =
        protocol::RouterSocket::open(
            context, {.endpoint = "tcp://127.0.0.1:0", .zap_domain = protocol::operators_domain}, controller_keys)
            .value();

    // Answers as many requests with what they said, on a thread of its own, while `body` runs.
    void answering(int count, const std::function<void()>& body) {
        std::jthread thread([this, count](const std::stop_token& stop) {
            for (int left = count; left > 0 && !stop.stop_requested();) {
                protocol::RouterSocket::wait(std::array{router.get()}, -1, 10ms);
                if (const auto got = router->receive()) {
                    router->send(got->routing_id, "another number", "{\"result\":0}");
                    router->send(got->routing_id, got->frames.header, "{\"result\":" + got->frames.body + "}");
                    --left;
                }
            }
        });
        body();
    }
    Result<Json> ask(const std::string& endpoint, const std::string& controller_key = "",
                     milliseconds answer_max = 5s) {
        VIGIE_TRY(const auto remote, RemoteController::open({endpoint, key_file, controller_key}, clock,
                                                            {.connect_max = 5s, .answer_max = answer_max}));
        Request request;
        request.verb = "status";
        return remote->ask(request);
    }
};
}  // namespace

BOOST_FIXTURE_TEST_SUITE(remote_controller, Elsewhere)

BOOST_AUTO_TEST_CASE(one_connection_carries_several_questions) {
    table.put(public_key, AgentId{public_key});
    answering(2, [this] {
        const auto remote = RemoteController::open({router->endpoint(), key_file, ""}, clock).value();
        for (const auto* verb : {"status", "doctor"}) {
            Request request;
            request.verb = verb;
            const auto answer = remote->ask(request);
            BOOST_REQUIRE(answer.has_value());
            BOOST_TEST((*answer)["verb"] == verb);
        }
        BOOST_TEST(zap->counts().accepted == 1u);
    });
}

BOOST_AUTO_TEST_CASE(an_unknown_key_is_denied_and_told_what_to_do) {
    const auto answer = ask(router->endpoint());
    BOOST_REQUIRE(!answer.has_value());
    BOOST_TEST((answer.error().code == ErrorCode::denied));
    BOOST_TEST(answer.error().message.find(public_key) != std::string::npos);
    BOOST_TEST(answer.error().message.find("operators: keys:") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(another_controller_than_the_pinned_one_is_denied) {
    table.put(public_key, AgentId{public_key});
    const auto answer = ask(router->endpoint(), protocol::make_key_pair().public_key);
    BOOST_REQUIRE(!answer.has_value());
    BOOST_TEST((answer.error().code == ErrorCode::denied));
    BOOST_TEST(answer.error().message.find("but not as a controller with the key") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(where_nobody_listens_it_is_unavailable) {
    const tests::ReservedPort port;
    const auto answer = ask(port.endpoint());
    BOOST_REQUIRE(!answer.has_value());
    BOOST_TEST((answer.error().code == ErrorCode::unavailable));
}

// It tells something only where localhost is ::1 before it is 127.0.0.1, as Debian's installer writes it.
BOOST_AUTO_TEST_CASE(every_address_of_a_name_is_tried) {
    table.put(public_key, AgentId{public_key});
    const auto endpoint = router->endpoint();  // of 127.0.0.1 only
    answering(1, [&] {
        const auto answer = ask("tcp://localhost" + endpoint.substr(endpoint.rfind(':')));
        BOOST_TEST(answer.has_value());
    });
}

BOOST_AUTO_TEST_CASE(a_connection_that_ends_under_a_question_is_told_and_not_asked_again) {
    table.put(public_key, AgentId{public_key});
    std::atomic<int> asked = 0;
    std::jthread thread([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            protocol::RouterSocket::wait(std::array{router.get()}, -1, 10ms);
            if (const auto got = router->receive()) {
                ++asked;
                protocol::cut(got->connection);
            }
        }
    });
    const auto answer = ask(router->endpoint());
    BOOST_REQUIRE(!answer.has_value());
    BOOST_TEST((answer.error().code == ErrorCode::unavailable));
    BOOST_TEST(answer.error().message.ends_with("ended the connection without an answer"));
    BOOST_TEST(asked == 1);
}

BOOST_AUTO_TEST_CASE(a_controller_that_does_not_answer_is_given_up) {
    table.put(public_key, AgentId{public_key});
    const auto answer = ask(router->endpoint(), "", 50ms);
    BOOST_REQUIRE(!answer.has_value());
    BOOST_TEST((answer.error().code == ErrorCode::timed_out));
    BOOST_TEST(answer.error().message.ends_with("gave no answer within 50ms"));
}

BOOST_AUTO_TEST_CASE(without_a_controllers_key_nobody_is_asked) {
    const auto other = folder / "other.key";
    BOOST_REQUIRE(make_operator_key(other, "").has_value());
    BOOST_TEST((RemoteController::open({router->endpoint(), other, ""}, clock).error().code == ErrorCode::malformed));
    BOOST_TEST((RemoteController::open({"nonsense", key_file, ""}, clock).error().code == ErrorCode::malformed));
}

BOOST_AUTO_TEST_SUITE_END()
