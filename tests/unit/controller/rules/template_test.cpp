// Expected texts are what Go's text/template and Prometheus's functions document.
#include "controller/rules/template.hpp"

#include <boost/test/unit_test.hpp>
#include <limits>

#include "controller/rules/humanize.hpp"

namespace vigie::controller::rules {
namespace {

const Labels series{{"__name__", "disk"}, {"instance", "web-1"}, {"device", "sda"}};

std::string expanded(std::string_view text, double value = 90) {
    const auto parsed = Template::parse(text);
    BOOST_REQUIRE_MESSAGE(parsed, text << ": " << parsed.error().message);
    const auto result = parsed->expand(series, value);
    return result ? *result : "error: " + result.error().message;
}

std::string refused(std::string_view text) {
    const auto parsed = Template::parse(text);
    BOOST_REQUIRE_MESSAGE(!parsed, text << " was accepted");
    return parsed.error().message;
}

BOOST_AUTO_TEST_SUITE(template_text)

BOOST_AUTO_TEST_CASE(fills_in_values_and_labels) {
    BOOST_TEST(expanded("no braces { } here") == "no braces { } here");
    BOOST_TEST(expanded("{{ $value }} on {{$labels.instance}} {{ .Labels.device }} {{ .Value }}") ==
               "90 on web-1 sda 90");
    BOOST_TEST(expanded("a {{- $value -}} b") == "a90b");
    BOOST_TEST(expanded("a{{/* why */}}b") == "ab");
    BOOST_TEST(expanded("{{ \"}}\" }}{{ `x` }}{{ 1.5 }}") == "}}x1.5");
}

BOOST_AUTO_TEST_CASE(passes_values_through_functions) {
    BOOST_TEST(expanded("{{ $value | humanize }}", 1234567) == "1.235M");
    BOOST_TEST(expanded("{{ humanize1024 $value }}B", 1048576) == "1MiB");
    BOOST_TEST(expanded("{{ $value | humanizePercentage }}", 0.123) == "12.3%");
    BOOST_TEST(expanded("{{ $value | humanizeDuration }}", 5025) == "1h 23m 45s");
    BOOST_TEST(expanded("{{ $value | printf \"%.2f\" }}", 3.14159) == "3.14");
    BOOST_TEST(expanded("{{ printf \"%s=%05.1f%%\" $labels.device $value }}", 3.14159) == "sda=003.1%");
    BOOST_TEST(expanded("{{ $labels.device | toUpper }}") == "SDA");
}

BOOST_AUTO_TEST_CASE(says_what_an_expansion_lacks) {
    BOOST_TEST(expanded("{{ $labels.pool }}") == "error: the series has no label 'pool'");
    BOOST_TEST(expanded("{{ .Foo }}") == "error: there is no field '.Foo'");
    BOOST_TEST(expanded("{{ $labels.device | humanize }}") == "error: humanize needs one number");
    BOOST_TEST(expanded("{{ printf \"%s\" $value }}") == "error: printf: %s needs a string");
    BOOST_TEST(expanded("{{ printf \"%999999999999f\" $value }}") == "error: printf: bad format '%999999999999f'");
    BOOST_TEST(expanded("{{ printf \"%\" $value }}") == "error: printf: bad format '%'");
}

BOOST_AUTO_TEST_CASE(refuses_what_it_does_not_do) {
    BOOST_TEST(refused("{{ if $value }}x{{ end }}") == "template: 'if' is not supported yet (action at character 1)");
    BOOST_TEST(refused("x {{ query \"up\" }}") == "template: 'query' is not supported yet (action at character 3)");
    BOOST_TEST(refused("{{ frobnicate $value }}") ==
               "template: function 'frobnicate' is not supported (action at character 1)");
    BOOST_TEST(refused("{{ $value") == "template: '{{' at character 1 is not closed");
    BOOST_TEST(refused("{{ }}") == "template: an action or a side of '|' is empty (action at character 1)");
    BOOST_TEST(refused("{{ $foo }}") == "template: undefined variable '$foo' (action at character 1)");
    BOOST_TEST(refused("{{ $value | }}") == "template: an action or a side of '|' is empty (action at character 1)");
}

BOOST_AUTO_TEST_CASE(prints_plain_numbers_as_go_does) {
    BOOST_TEST(plain_number(90) == "90");
    BOOST_TEST(plain_number(0) == "0");
    BOOST_TEST(plain_number(-0.5) == "-0.5");
    BOOST_TEST(plain_number(123456) == "123456");
    BOOST_TEST(plain_number(1000000) == "1e+06");
    BOOST_TEST(plain_number(1073741824) == "1.073741824e+09");
    BOOST_TEST(plain_number(0.0001) == "0.0001");
    BOOST_TEST(plain_number(0.00001) == "1e-05");
    BOOST_TEST(plain_number(std::numeric_limits<double>::infinity()) == "+Inf");
    BOOST_TEST(plain_number(std::numeric_limits<double>::quiet_NaN()) == "NaN");
}

BOOST_AUTO_TEST_CASE(humanizes_small_large_and_negative_numbers) {
    BOOST_TEST(humanize(0) == "0");
    BOOST_TEST(humanize(999) == "999");
    BOOST_TEST(humanize(-1500) == "-1.5k");
    BOOST_TEST(humanize(0.0015) == "1.5m");
    BOOST_TEST(humanize1024(1) == "1");
    BOOST_TEST(humanize1024(1536) == "1.5ki");
    BOOST_TEST(humanize_duration(0) == "0s");
    BOOST_TEST(humanize_duration(0.0015) == "1.5ms");
    BOOST_TEST(humanize_duration(-90) == "-1m 30s");
    BOOST_TEST(humanize_duration(90061) == "1d 1h 1m 1s");
    BOOST_TEST(humanize_duration(12.5) == "12.5s");
    BOOST_TEST(!humanize_duration(1e300).empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::rules
