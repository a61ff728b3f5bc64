// Expected texts are what Go's text/template and Prometheus's functions document; tests/judges/rules compares with
// promtool.
#include "controller/rules/template.hpp"

#include <boost/test/unit_test.hpp>
#include <limits>

#include "controller/rules/humanize.hpp"

namespace vigie::controller::rules {
namespace {

const Labels series{{"__name__", "disk"}, {"instance", "web-1"}, {"device", "sda"}};
const TemplateWorld world{{{"cluster", "paris"}}, "https://vigie.example.org/monitoring"};

std::string expanded(std::string_view text, double value = 90) {
    const auto parsed = Template::parse(text);
    BOOST_REQUIRE_MESSAGE(parsed, text << ": " << parsed.error().message);
    const auto result = parsed->expand({series, value, world});
    return result ? *result : "error: " + result.error().message;
}

// "offset: message"
std::string refused(std::string_view text) {
    const auto parsed = Template::parse(text);
    BOOST_REQUIRE_MESSAGE(!parsed, text << " was accepted");
    return fmt::format("{}: {}", parsed.error().offset, parsed.error().message);
}

BOOST_AUTO_TEST_SUITE(template_text)

BOOST_AUTO_TEST_CASE(fills_in_values_and_labels) {
    BOOST_TEST(expanded("no braces { } here") == "no braces { } here");
    BOOST_TEST(expanded("{{ $value }} on {{$labels.instance}} {{ .Labels.device }} {{ .Value }}") ==
               "90 on web-1 sda 90");
    BOOST_TEST(expanded("[{{ $labels.pool }}] {{ $externalLabels.cluster }} {{ $externalURL }} {{ externalURL }}") ==
               "[] paris https://vigie.example.org/monitoring https://vigie.example.org/monitoring");
    BOOST_TEST(expanded("a {{- $value -}} b") == "a90b");
    BOOST_TEST(expanded("a{{/* why */}}b") == "ab");
    BOOST_TEST(expanded("{{ \"}}\" }}{{ `x` }}{{ 1.5 }}") == "}}x1.5");
    BOOST_TEST(expanded("{{ $labels }}") == "map[__name__:disk device:sda instance:web-1]");
}

BOOST_AUTO_TEST_CASE(passes_values_through_functions) {
    BOOST_TEST(expanded("{{ $value | humanize }}", 1234567) == "1.235M");
    BOOST_TEST(expanded("{{ humanize1024 $value }}B", 1048576) == "1MiB");
    BOOST_TEST(expanded("{{ $value | humanizePercentage }}", 0.123) == "12.3%");
    BOOST_TEST(expanded("{{ $value | humanizeDuration }}", 5025) == "1h 23m 45s");
    BOOST_TEST(expanded("{{ $value | humanizeTimestamp }}", 1435065584.128) == "2015-06-23 13:19:44.128 +0000 UTC");
    BOOST_TEST(expanded("{{ $value | printf \"%.2f\" }}", 3.14159) == "3.14");
    BOOST_TEST(expanded("{{ printf \"%s=%05.1f%%\" $labels.device $value }}", 3.14159) == "sda=003.1%");
    BOOST_TEST(expanded("{{ $labels.device | toUpper | printf \"%s!\" }} {{ title \"two words\" }}") ==
               "SDA! Two Words");
    BOOST_TEST(
        expanded("{{ reReplaceAll \"(.*)-(.*)\" \"$2/$1\" $labels.instance }} {{ match \"b-\" $labels.instance }}") ==
        "1/web true");
    BOOST_TEST(expanded("{{ stripPort \"a:1\" }} {{ stripDomain \"a.b:1\" }} {{ parseDuration \"1m30s\" }}") ==
               "a a:1 90");
    BOOST_TEST(expanded("{{ pathPrefix }} {{ graphLink \"a b\" }}") == "/monitoring /graph?g0.expr=a+b&g0.tab=0");
    BOOST_TEST(expanded("{{ len $labels.device }} {{ index $labels \"device\" }} {{ \"<\" | html }}") == "3 sda &lt;");
}

BOOST_AUTO_TEST_CASE(decides_and_repeats) {
    const auto level = "{{ if gt $value 90.0 }}high{{ else if gt $value 50.0 }}middle{{ else }}low{{ end }}";
    BOOST_TEST(expanded(level, 91) == "high");
    BOOST_TEST(expanded(level, 90) == "middle");
    BOOST_TEST(expanded(level, 5) == "low");
    BOOST_TEST(expanded("{{ with $labels.device }}<{{ . }}>{{ end }}{{ with $labels.x }}y{{ else }}-{{ end }}") ==
               "<sda>-");
    BOOST_TEST(expanded("{{ range $k, $v := $labels }}{{ $k }}={{ $v }};{{ end }}") ==
               "__name__=disk;device=sda;instance=web-1;");
    BOOST_TEST(expanded("{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $y := 3 }}{{ $y }}{{ end }}{{ $x }}") == "32");
    BOOST_TEST(
        expanded(
            "{{ and $labels.x 1 }} {{ or $labels.x \"b\" }} {{ not true }} {{ eq $labels.device \"a\" \"sda\" }}") ==
        " b false true");
    BOOST_TEST(expanded("{{ (printf \"%s\" (toUpper \"a\")) }}") == "A");
}

BOOST_AUTO_TEST_CASE(says_what_an_expansion_lacks) {
    BOOST_TEST(expanded("{{ .Foo }}") == "error: there is no field '.Foo'");
    BOOST_TEST(expanded("{{ $labels.device.x }}") == "error: string has no field '.x'");
    BOOST_TEST(expanded("{{ $labels.device | humanize }}") == "error: humanize needs one number");
    BOOST_TEST(expanded("{{ gt $value 90 }}") == "error: gt: float64 and int cannot be compared");
    BOOST_TEST(expanded("{{ range $value }}{{ end }}") == "error: range can't iterate over 90");
    BOOST_TEST(expanded("{{ printf \"%999999999999f\" $value }}") ==
               "error: printf: a width or precision above 256 in '%999999999999f'");
    BOOST_TEST(expanded("{{ match \"(\" \"a\" }}").starts_with("error: regular expression: "));
}

BOOST_AUTO_TEST_CASE(prints_what_a_format_does_not_fit_as_go_does) {
    BOOST_TEST(expanded("{{ printf \"%d\" $value }}") == "%!d(float64=90)");
    BOOST_TEST(expanded("{{ printf \"%s\" 5 }}") == "%!s(int=5)");
    BOOST_TEST(expanded("{{ printf \"%v %v\" 1 }}") == "1 %!v(MISSING)");
    BOOST_TEST(expanded("{{ printf \"x\" 1 \"a\" }}") == "x%!(EXTRA int=1, string=a)");
    BOOST_TEST(expanded("{{ printf \"%\" }}") == "%!(NOVERB)");
}

BOOST_AUTO_TEST_CASE(refuses_what_it_does_not_do) {
    BOOST_TEST(refused("x {{ query \"up\" }}") ==
               "5: template: function 'query' is not supported: templates here make no queries");
    BOOST_TEST(refused("{{ define \"a\" }}{{ end }}") == "3: template: 'define' is not supported");
    BOOST_TEST(refused("{{ frobnicate $value }}") == "3: template: function 'frobnicate' is not defined");
    BOOST_TEST(refused("a {{ $value") == "2: template: '{{' is not closed");
    BOOST_TEST(refused("{{ }}") == "3: template: there is nothing in the action");
    BOOST_TEST(refused("{{ $foo }}") == "3: template: undefined variable '$foo'");
    BOOST_TEST(refused("{{ $value | }}") == "12: template: nothing stands after '|'");
    BOOST_TEST(refused("{{ $value | 5 }}") == "12: template: '5' after '|' is no function");
    BOOST_TEST(refused("{{ if true }}x") == "0: template: 'if' has no {{end}}");
    BOOST_TEST(refused("{{ if true }}x{{ else }}y") == "0: template: 'if' has no {{end}} after {{else}}");
    BOOST_TEST(refused("a{{ end }}") == "1: template: unexpected {{end}}");
    BOOST_TEST(refused("{{ (1 }}") == "3: template: '(' is not closed");
    BOOST_TEST(refused("{{ $x := 1 }}{{ if $x }}{{ $y := 2 }}{{ end }}{{ $y }}") ==
               "49: template: undefined variable '$y'");
}

BOOST_AUTO_TEST_CASE(bounds_depth_and_size) {
    std::string deep;
    for (int i = 0; i < 1'000; ++i) {
        deep += "{{ if true }}";
    }
    BOOST_TEST(refused(deep).ends_with("nested too deeply"));
    deep.clear();
    for (int i = 0; i < 1'000; ++i) {
        deep += "{{ if true }}{{ else if true }}";
    }
    BOOST_TEST(refused(deep).ends_with("nested too deeply"));
    BOOST_TEST(refused("{{ " + std::string(5'000, '(') + " }}").ends_with("nested too deeply"));
    BOOST_TEST(refused(std::string(100'000, 'a')).ends_with("longer than 65536 bytes"));
    std::string wide(1'000, 'x');
    for (int i = 0; i < 12; ++i) {
        wide = "{{ range $labels }}" + wide + "{{ end }}";  // 3^12 times
    }
    BOOST_TEST(expanded(wide).starts_with("error: the "));
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
