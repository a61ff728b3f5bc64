// The words of `vigie-agent push`.
#include "agent/app/push_words.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::agent {

BOOST_AUTO_TEST_SUITE(push_words)

BOOST_AUTO_TEST_CASE(words_become_a_request) {
    PushWords words;
    words.name = "shop_orders_total";
    words.value = "3";
    words.labels = {"payment=card"};
    words.type = "counter";
    const auto push = prepare_push(words);
    BOOST_REQUIRE(push);
    BOOST_TEST((push->request == PushRequest{PushKind::counter, "shop_orders_total{payment=\"card\"}", 3}));
    BOOST_TEST((push->timeout == 5s));
    for (const auto* timeout : {"0s", "soon", ""}) {
        words.timeout = timeout;
        BOOST_TEST(!prepare_push(words), timeout);
    }
}

BOOST_AUTO_TEST_CASE(the_socket_is_the_configurations) {
    AgentConfig config;
    const auto none = push_socket_of(config, "agent.yaml");
    BOOST_REQUIRE(!none);
    BOOST_TEST((none.error().code == ErrorCode::not_found));
    BOOST_TEST(none.error().message.starts_with("agent.yaml: the agent takes no pushes: add push:"));
    config.apps.push.emplace().socket = "/run/x";
    BOOST_TEST(push_socket_of(config, "agent.yaml").value() == "/run/x");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
