// Expected values are what Prometheus 2.42 makes of the same texts (the judge http-api asks it).
#include "controller/web/api_parameters.hpp"

#include <boost/test/unit_test.hpp>

using namespace vigie;
using namespace vigie::controller;
using namespace vigie::controller::web;

namespace {
int64_t ms_of(std::string_view text) {
    return unix_ms(parse_api_time(text).value());
}
std::string message_of(const std::string& query) {
    const auto selectors = selectors_of(parse_form(query).value());
    return selectors ? "good" : selectors.error().message;
}
}  // namespace

BOOST_AUTO_TEST_SUITE(api_parameters)

BOOST_AUTO_TEST_CASE(times_are_seconds_or_rfc_3339) {
    BOOST_TEST(ms_of("1700000000") == 1'700'000'000'000);
    BOOST_TEST(ms_of("1700000000.5") == 1'700'000'000'500);
    BOOST_TEST(ms_of("-1.5") == -1'500);
    BOOST_TEST(ms_of("1e3") == 1'000'000);
    BOOST_TEST(ms_of("0.0004") == 0);
    BOOST_TEST(ms_of("0.0006") == 1);
    BOOST_TEST(ms_of("2023-11-14T22:13:20Z") == 1'700'000'000'000);
    BOOST_TEST(ms_of("2023-11-14T23:13:20.1239999+01:00") == 1'700'000'000'123);
    BOOST_TEST(ms_of("-292273086-05-16T16:47:06Z") < 0);
    BOOST_TEST(ms_of("292277025-08-18T07:12:54.999999999Z") > 1'700'000'000'000);
    for (const auto* wrong : {"", "now", "1h", "2023-11-14", "NaN", "Inf", "1e30", "2023-02-30T00:00:00Z"}) {
        const auto refused = parse_api_time(wrong);
        BOOST_REQUIRE(!refused);
        BOOST_TEST(refused.error().message == fmt::format("cannot parse \"{}\" to a valid timestamp", wrong));
    }
}

BOOST_AUTO_TEST_CASE(durations_are_seconds_or_prometheus_notation) {
    BOOST_TEST((parse_api_duration("15").value() == 15s));
    BOOST_TEST((parse_api_duration("0.25").value() == 250ms));
    BOOST_TEST((parse_api_duration("1h30m").value() == 90min));
    BOOST_TEST((parse_api_duration("-1").value() == -1s));
    for (const auto* wrong : {"", "1 h", "h", "1h1d", "-5m"}) {
        BOOST_TEST(!parse_api_duration(wrong), wrong);
    }
    BOOST_TEST(parse_api_duration("1e20").error().message ==
               "cannot parse \"1e20\" to a valid duration. It overflows int64");
}

BOOST_AUTO_TEST_CASE(errors_name_the_parameter) {
    const auto form = parse_form("start=x&step=y").value();
    BOOST_TEST(time_of(form, "start").error().message ==
               "invalid parameter \"start\": cannot parse \"x\" to a valid timestamp");
    BOOST_TEST(time_or(form, "start", WallTime{}).error().message ==
               "invalid parameter \"start\": Invalid time value for 'start': cannot parse \"x\" to a valid timestamp");
    BOOST_TEST((time_or(form, "end", wall_from_unix_ms(7)).value() == wall_from_unix_ms(7)));
    BOOST_TEST(duration_of(form, "step").error().message ==
               "invalid parameter \"step\": cannot parse \"y\" to a valid duration");
    BOOST_TEST((duration_of(form, "step").error().kind == ApiErrorKind::bad_data));
}

BOOST_AUTO_TEST_CASE(a_listing_covers_all_of_time_unless_it_is_told) {
    BOOST_TEST(range_of(Form()).value().is_all);
    BOOST_TEST(!range_of(parse_form("start=1").value()).value().is_all);
    const auto range = range_of(parse_form("end=2").value()).value();
    BOOST_TEST(unix_ms(range.to) == 2'000);
    BOOST_TEST(!range.is_all);
}

BOOST_AUTO_TEST_CASE(selectors_must_select_something) {
    const auto selectors = selectors_of(parse_form("match[]=up&match[]={a=~\"b.*\",c!=\"d\"}").value()).value();
    BOOST_REQUIRE(selectors.size() == 2u);
    BOOST_TEST(selectors[1].size() == 2u);
    BOOST_TEST(selectors_of(Form()).value().empty());
    for (const auto* everything : {"match[]={a=\"\"}", "match[]=up&match[]={a=~\".*\"}", "match[]={}"}) {
        BOOST_TEST(message_of(everything).find("a matcher that does not match \"\"") != std::string::npos, everything);
    }
    BOOST_TEST(message_of("match[]=sum(up)").starts_with("1:4: parse error"));
    BOOST_TEST(message_of("match[]=").find("parse error") != std::string::npos);
    std::string many;
    for (size_t i = 0; i <= selectors_max; ++i) {
        many += "match[]=a&";
    }
    BOOST_TEST(message_of(many) == "a request has more than 100 match[]");
}

BOOST_AUTO_TEST_SUITE_END()
