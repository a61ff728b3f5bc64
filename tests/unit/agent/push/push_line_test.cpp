// Words, lines and answers.
#include "agent/push/push_line.hpp"

#include <boost/test/unit_test.hpp>

namespace vigie::agent {
namespace {

std::string refused(std::string_view type, std::string_view name, std::string_view value,
                    const std::vector<std::string>& labels = {}) {
    const auto request = make_push_request(type, name, value, labels);
    return request ? "" : request.error().message;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(push_line)

BOOST_AUTO_TEST_CASE(a_request_survives_its_line) {
    const auto request =
        make_push_request("counter", "shop:orders_total", "1.5e3", {"zone=b", "path=C:\\x \"y\"\n", "app=a=b"});
    BOOST_REQUIRE(request);
    BOOST_TEST(request->key == "shop:orders_total{app=\"a=b\",path=\"C:\\\\x \\\"y\\\"\\n\",zone=\"b\"}");
    const auto line = write_push_line(*request);
    BOOST_TEST(line.find('\n') == std::string::npos);
    BOOST_TEST((parse_push_line(line).value() == *request));
    const auto plain = make_push_request("gauge", "x", "-0.1", {});
    BOOST_TEST(write_push_line(*plain) == "push gauge x -0.1");
    BOOST_TEST((parse_push_line("push gauge x -0.1").value() == *plain));
}

BOOST_AUTO_TEST_CASE(wrong_words_are_told_apart) {
    BOOST_TEST(refused("timer", "x", "1").starts_with("'timer' is no type"));
    BOOST_TEST(refused("gauge", "x.y", "1").starts_with("'x.y' is no name"));
    BOOST_TEST(refused("gauge", "", "1").starts_with("'' is no name"));
    BOOST_TEST(refused("gauge", "x", "many").starts_with("'many' is no number"));
    BOOST_TEST(refused("gauge", "x", "").starts_with("'' is no number"));
    BOOST_TEST(refused("gauge", "x", "inf").find("finite") != std::string::npos);
    BOOST_TEST(refused("counter", "x", "-1").find("never goes back") != std::string::npos);
    BOOST_TEST(refused("gauge", "node_load1", "1").find("Vigie's own") != std::string::npos);
    BOOST_TEST(refused("gauge", "x", "1", {"a"}).starts_with("'a' is no label"));
    BOOST_TEST(refused("gauge", "x", "1", {"1a=b"}).starts_with("'1a=b' is no label"));
    BOOST_TEST(refused("gauge", "x", "1", {"__name__=b"}).starts_with("'__name__=b' is no label"));
    BOOST_TEST(refused("gauge", "x", "1", {"a="}).find("has no value") != std::string::npos);
    BOOST_TEST(refused("gauge", "x", "1", {"a=1", "a=2"}).find("twice") != std::string::npos);
    BOOST_TEST(refused("gauge", "x", "1", {"a=\xff"}).find("UTF-8") != std::string::npos);
    BOOST_TEST(refused("gauge", "x", "1", {"a=" + std::string(push_key_bytes_max, 'b')}).find("at most") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(other_lines_are_refused) {
    for (const auto* bad :
         {"", "push", "push gauge", "push gauge x", "pull gauge x 1", "push thing x 1", "push gauge x 1 5",
          "push gauge x nan", "push counter x -1", "push gauge vigie_x 1", "push gauge up 0",
          "push gauge up{job=\"shop\"} 0", "push gauge ALERTS{alertname=\"Fake\"} 1", "push gauge probe_success 1",
          "push gauge x{a=\"\\q\"} 1"}) {
        BOOST_TEST(!parse_push_line(bad), bad);
    }
}

BOOST_AUTO_TEST_CASE(names_beside_the_reserved_ones_are_taken) {
    for (const auto* good : {"push gauge uptime{up=\"1\"} 0", "push gauge ALERTS_x 1", "push gauge probes 1"}) {
        BOOST_TEST(parse_push_line(good).has_value(), good);
    }
}

BOOST_AUTO_TEST_CASE(an_answer_keeps_its_code) {
    BOOST_TEST(parse_push_answer(write_push_answer({})).has_value());
    const auto again = parse_push_answer(write_push_answer(fail(ErrorCode::conflict, "x is a counter")));
    BOOST_REQUIRE(!again);
    BOOST_TEST((again.error().code == ErrorCode::conflict));
    BOOST_TEST(again.error().message == "x is a counter");
    BOOST_TEST((parse_push_answer("error strange thing").error().code == ErrorCode::io));
    BOOST_TEST((parse_push_answer("welcome").error().code == ErrorCode::malformed));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vigie::agent
