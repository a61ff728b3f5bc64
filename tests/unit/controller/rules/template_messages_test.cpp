// Templates of messages: Alertmanager's data and functions, as its documentation of notification templates and Go's
// text/template have them.
#include <boost/test/unit_test.hpp>

#include "controller/rules/template.hpp"

namespace vigie::controller::rules {
namespace {

using templates::Dialect;
using templates::Fields;
using templates::List;
using templates::Value;

struct World {
    Labels group{{"alertname", "Disk"}, {"site", "a"}};
    Labels common{{"alertname", "Disk"}, {"site", "a"}, {"severity", "page"}};
    Labels web{{"alertname", "Disk"}, {"instance", "web-1"}};
    Labels none;
    templates::Arena arena;
    templates::Definitions definitions;
    Fields data;

    World() {
        List alerts;
        for (const auto* status : {"firing", "firing", "resolved"}) {
            alerts.items.emplace_back(arena.keep(Fields{{{"Status", Value(std::string(status))},
                                                         {"Labels", Value(&web)},
                                                         {"Annotations", Value(&none)},
                                                         {"StartsAt", Value(wall_from_unix_ms(1'800'000'000'500))}}}));
        }
        data.all = {{"Status", Value(std::string("firing"))}, {"GroupLabels", Value(&group)},
                    {"CommonLabels", Value(&common)},         {"CommonAnnotations", Value(&none)},
                    {"ExternalURL", Value(std::string("u"))}, {"Alerts", Value(arena.keep(std::move(alerts)))}};
    }

    std::string expanded(std::string_view text, Escape escape = nullptr) const {
        const auto parsed = Template::parse(text, Dialect::alertmanager);
        BOOST_REQUIRE_MESSAGE(parsed, text << ": " << parsed.error().message);
        const auto result = parsed->expand(data, definitions, escape);
        return result ? *result : "error: " + result.error().message;
    }
};

std::string in_brackets(std::string_view text) {
    return fmt::format("<{}>", text);
}

std::string refused(std::string_view text, Dialect dialect = Dialect::alertmanager) {
    const auto parsed = Template::parse(text, dialect);
    BOOST_REQUIRE_MESSAGE(!parsed, text << " was accepted");
    return parsed.error().message;
}

BOOST_FIXTURE_TEST_SUITE(template_messages, World)

// The subject that Alertmanager's users write most often.
BOOST_AUTO_TEST_CASE(reads_the_usual_title) {
    BOOST_TEST(
        expanded(R"([{{ .Status | toUpper }}{{ if eq .Status "firing" }}:{{ .Alerts.Firing | len }}{{ end }}] )"
                 R"({{ .GroupLabels.SortedPairs.Values | join " " }} )"
                 R"({{ if gt (len .CommonLabels) (len .GroupLabels) }}()"
                 R"({{ with .CommonLabels.Remove .GroupLabels.Names }}{{ .Values | join " " }}{{ end }}){{ end }})") ==
        "[FIRING:2] Disk a (page)");
}

BOOST_AUTO_TEST_CASE(ranges_over_alerts_and_pairs) {
    BOOST_TEST(
        expanded("{{ range $i, $a := .Alerts }}{{ $i }}:{{ $a.Labels.instance }}/{{ .Status | title }} {{ end }}") ==
        "0:web-1/Firing 1:web-1/Firing 2:web-1/Resolved ");
    BOOST_TEST(expanded("{{ range .CommonLabels.SortedPairs }}{{ .Name }}={{ .Value }};{{ end }}") ==
               "alertname=Disk;severity=page;site=a;");
    BOOST_TEST(expanded("{{ (index .Alerts 0).Labels.instance }} {{ len .Alerts.Resolved }}") == "web-1 1");
    BOOST_TEST(expanded("{{ index .Alerts 3 }}") == "error: index: a list of 3 has no element 3");
    BOOST_TEST(expanded("{{ range .CommonAnnotations }}x{{ else }}none{{ end }}") == "none");
    BOOST_TEST(expanded("{{ stringSlice \"b\" \"a\" | join \"-\" }} {{ trimSpace \"  x \" }}") == "b-a x");
}

BOOST_AUTO_TEST_CASE(times_have_gos_layouts) {
    BOOST_TEST(expanded("{{ (index .Alerts 0).StartsAt }}") == "2027-01-15 08:00:00.5 +0000 UTC");
    BOOST_TEST(expanded(R"({{ (index .Alerts 0).StartsAt.Format "Mon, 02 Jan 2006 15:04:05 MST" }})") ==
               "Fri, 15 Jan 2027 08:00:00 UTC");
    BOOST_TEST(
        expanded(
            R"({{ (index .Alerts 0).StartsAt.Format "2006-01-02T15:04:05.000Z07:00 Monday _2 January 3:04PM 06" }})") ==
        "2027-01-15T08:00:00.500Z Friday 15 January 8:00AM 27");
    BOOST_TEST(expanded("{{ (index .Alerts 0).StartsAt.Unix }}") == "1800000000");
}

BOOST_AUTO_TEST_CASE(includes_what_is_defined) {
    BOOST_REQUIRE(
        templates::parse_block(R"(a{{ define "x" }}[{{ .Status }}{{ template "y" .GroupLabels.site }}]{{ end }}
{{ define "y" }}-{{ . }}{{ end }})",
                               Dialect::alertmanager, &definitions)
            .has_value());
    BOOST_TEST(expanded(R"({{ $v := "kept" }}{{ template "x" . }} {{ $v }})") == "[firing-a] kept");
    BOOST_TEST(Template::parse(R"({{ template "x" . }})", Dialect::alertmanager)->missing_in(definitions).has_value() ==
               false);
    BOOST_TEST(Template::parse(R"({{ if .A }}{{ template "z" . }}{{ end }})", Dialect::alertmanager)
                   ->missing_in(definitions)
                   .value() == "z");
    definitions.erase("y");
    BOOST_TEST(Template::parse(R"({{ template "x" . }})", Dialect::alertmanager)->missing_in(definitions).value() ==
               "y");
    BOOST_TEST(expanded(R"({{ template "x" . }})") == "error: there is no template 'y'");
}

BOOST_AUTO_TEST_CASE(a_template_that_includes_itself_ends) {
    BOOST_REQUIRE(
        templates::parse_block(R"({{ define "x" }}{{ template "x" . }}{{ end }})", Dialect::alertmanager, &definitions)
            .has_value());
    BOOST_TEST(expanded(R"({{ template "x" . }})") == "error: templates include each other more than 16 deep");
    BOOST_TEST(!Template::parse(R"({{ template "x" . }})", Dialect::alertmanager)->missing_in(definitions).has_value());
}

BOOST_AUTO_TEST_CASE(what_is_too_long_is_cut_and_told_of) {
    const std::string big(200'000, 'x');
    data.all["Big"] = Value(big);
    BOOST_TEST((expanded("{{ range .Alerts }}{{ $.Big }}{{ end }}") == big + "\n…"));  // two are more than 256 KiB
    List many;
    for (int i = 0; i < 2'000; ++i) {
        many.items.emplace_back(arena.keep(Fields{{{"Status", Value(std::string("firing"))}}}));
    }
    data.all["Alerts"] = Value(arena.keep(std::move(many)));
    const auto text = expanded("{{ range .Alerts }}{{ range $.Alerts }}x{{ end }}{{ end }}");
    BOOST_TEST((text.starts_with("xx") && text.ends_with("x\n…")));
    // Each of .Firing makes a list of 2,000: 249 of them with themselves are 498,249 items of 500,000.
    std::string counted;
    for (int i = 0; i < 249; ++i) {
        counted += "x2000";
    }
    BOOST_TEST((expanded("{{ range .Alerts }}x{{ len $.Alerts.Firing }}{{ end }}") == counted + "x\n…"));
    BOOST_TEST(expanded("{{ range .Alerts }}{{ range $.Alerts }}{{ \"\" }}{{ end }}{{ end }}") ==
               "error: the template takes too many steps");  // nothing is written
}

BOOST_AUTO_TEST_CASE(a_function_makes_no_endless_text_and_no_list_of_lists) {
    data.all["Big"] = Value(std::string(200'000, '&'));
    BOOST_TEST(expanded("a{{ print .Big .Big }}") == "error: print makes more than 262144 bytes");
    BOOST_TEST(expanded("a{{ printf \"%s%s\" .Big .Big }}") == "error: printf makes more than 262144 bytes");
    BOOST_TEST(expanded("a{{ html .Big }}") == "error: html makes more than 262144 bytes");
    BOOST_TEST(expanded("{{ stringSlice \"a\" .Alerts }}") == "error: stringSlice needs texts");
}

BOOST_AUTO_TEST_CASE(values_are_escaped_and_the_templates_own_text_is_not) {
    BOOST_TEST(expanded(R"(a & {{ .Status }} {{ safeHtml .Status }} {{ .Status | toUpper }})", in_brackets) ==
               "a & <firing> firing <FIRING>");
    BOOST_REQUIRE(
        templates::parse_block(R"({{ define "plain" }}b {{ .Status }}{{ end }})", Dialect::alertmanager, &definitions)
            .has_value());
    BOOST_TEST(expanded(R"(a {{ template "plain" . }} c)", in_brackets) == "a b <firing> c");
    definitions.at("plain").is_plain_text = true;
    BOOST_TEST(expanded(R"(a {{ template "plain" . }} c)", in_brackets) == "a <b ><firing> c");
}

BOOST_AUTO_TEST_CASE(faults_are_told) {
    BOOST_TEST(expanded("{{ .Nothing }}") == "error: there is no field '.Nothing'");
    BOOST_TEST(expanded("{{ .Alerts.Names.Nothing }}") == "[]");  // of no elements
    BOOST_TEST(expanded("{{ .Alerts.Wrong }}") == "error: a list has no field '.Wrong'");
    BOOST_TEST(expanded("{{ .Status.Format \"x\" }}") == "error: string has no method 'Format' for a string");
    BOOST_TEST(expanded("{{ .GroupLabels.nothing }}|") == "|");
    BOOST_TEST(refused("{{ $labels.x }}") == "template: undefined variable '$labels'");
    BOOST_TEST(refused("{{ template }}") == "template: 'template' needs the name of one, in quotes");
    BOOST_TEST(refused("{{ define \"x\" }}{{ end }}") == "template: 'define' is not supported");
    BOOST_TEST(refused("{{ .Alerts 1 }}") == "template: '.Alerts' is no function and takes no argument");
    BOOST_TEST(refused("{{ join \",\" .x }}", Dialect::prometheus) == "template: function 'join' is not defined");
    BOOST_TEST(refused("{{ template \"x\" }}", Dialect::prometheus) == "template: 'template' is not supported");
    templates::Definitions into;
    BOOST_TEST(templates::parse_block(R"({{ define "x" }})", Dialect::alertmanager, &into).error().message ==
               "template: 'define' has no {{end}}");
    BOOST_TEST(templates::parse_block(R"({{ $a := 1 }}{{ define "x" }}{{ $a }}{{ end }})", Dialect::alertmanager, &into)
                   .error()
                   .message == "template: undefined variable '$a'");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace vigie::controller::rules
