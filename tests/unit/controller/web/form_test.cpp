// Expected values are those of Go's url.ParseQuery, which Prometheus reads forms with.
#include "controller/web/form.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::controller::web;

BOOST_AUTO_TEST_SUITE(form)

BOOST_AUTO_TEST_CASE(fields_are_decoded_and_keep_their_order) {
    const auto form = parse_form("query=up%7Ba%3D%22b+c%22%7D&match[]=a&match%5B%5D=b&empty=&bare&&=x").value();
    BOOST_TEST(form.first("query") == R"(up{a="b c"})");
    BOOST_TEST(form.all("match[]") == (std::vector<std::string>{"a", "b"}), boost::test_tools::per_element());
    BOOST_TEST(form.all("empty") == std::vector<std::string>{""}, boost::test_tools::per_element());
    BOOST_TEST(form.all("bare").size() == 1u);
    BOOST_TEST(form.first("none") == "");
    BOOST_TEST(form.all("none").empty());
    BOOST_TEST(form.problem == "");
}

BOOST_AUTO_TEST_CASE(a_broken_field_is_left_out_and_the_rest_is_read) {
    for (const auto* broken : {"a=%zz", "a=%1", "%g0=1", "a=1;b=2"}) {
        const auto form = parse_form(std::string(broken) + "&c=3").value();
        BOOST_TEST(form.first("c") == "3");
        BOOST_TEST(form.size() == 1u);
        BOOST_TEST(form.problem != "");
    }
}

BOOST_AUTO_TEST_CASE(those_of_the_body_come_before_those_of_the_path) {
    auto form = parse_form("time=1").value();
    form.append(parse_form("time=2&query=x&%zz").value());
    BOOST_TEST(form.first("time") == "1");
    BOOST_TEST(form.first("query") == "x");
    BOOST_TEST(form.all("time").size() == 2u);
    BOOST_TEST(form.problem != "");
}

BOOST_AUTO_TEST_CASE(fields_are_bounded) {
    std::string text;
    for (size_t i = 0; i < form_fields_max; ++i) {
        text += "a&";
    }
    BOOST_TEST(parse_form(text).value().size() == form_fields_max);
    const auto refused = parse_form(text + "a");
    BOOST_REQUIRE(!refused);
    BOOST_TEST(refused.error().message == "a request has more than 10000 parameters");
}

BOOST_AUTO_TEST_CASE(a_target_is_a_path_and_a_query) {
    const auto target = parse_target("/api/v1/label/a%2Fb+c/values?x=%31?y").value();
    BOOST_TEST(target.path == "/api/v1/label/a/b+c/values");
    BOOST_TEST(target.query == "x=%31?y");
    BOOST_TEST(parse_target("/").value().query == "");
    for (const auto* wrong : {"", "api", "*", "http://other/api", "/a%", "/a%2"}) {
        BOOST_TEST(!parse_target(wrong), wrong);
    }
}

BOOST_AUTO_TEST_SUITE_END()
