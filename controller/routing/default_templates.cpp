#include "controller/routing/default_templates.hpp"

#include <array>

#include "shared/core/assert.hpp"

namespace vigie::controller::routing {
namespace {

using rules::templates::Definitions;
using rules::templates::Dialect;

// What fires comes first: who is woken reads one line.
constexpr std::string_view texts = R"tmpl(
{{- define "vigie.title" -}}
[{{ if .Alerts.Firing }}FIRING:{{ len .Alerts.Firing }}{{ if .Alerts.Resolved }} {{ end }}{{ end }}
{{- if .Alerts.Resolved }}RESOLVED:{{ len .Alerts.Resolved }}{{ end }}]
{{- if .GroupLabels }} {{ .GroupLabels.SortedPairs.Values | join " " }}
{{- else if .CommonLabels.alertname }} {{ .CommonLabels.alertname }}{{ end }}
{{- if .CommonAnnotations.summary }}: {{ .CommonAnnotations.summary }}{{ end }}
{{- end }}

{{- define "vigie.alert" -}}
{{ .Status | toUpper }} {{ .Labels.alertname }}
{{- if .Labels.instance }} on {{ .Labels.instance }}{{ end }}
{{- if .Annotations.summary }}: {{ .Annotations.summary }}{{ end }}
{{- if .Annotations.description }}{{ "\n" }}{{ .Annotations.description }}{{ end }}
{{- "\n" }}since {{ .StartsAt.Format "2006-01-02 15:04:05" }} UTC
{{- if eq .Status "resolved" }}, over at {{ .EndsAt.Format "2006-01-02 15:04:05" }} UTC{{ end }}
{{- "\n" }}{{ range $i, $pair := .Labels.SortedPairs }}{{ if $i }}, {{ end }}{{ .Name }}={{ .Value }}{{ end }}
{{- if .Annotations.runbook_url }}{{ "\n" }}{{ .Annotations.runbook_url }}{{ end }}
{{- end }}

{{- define "vigie.list" -}}
{{ range $i, $alert := . }}{{ if $i }}{{ "\n\n" }}{{ end }}{{ template "vigie.alert" . }}{{ end }}
{{- end }}

{{- define "vigie.text" -}}
{{ template "vigie.list" .Alerts }}
{{- end }}

{{- define "vigie.lines" -}}
{{ range .Alerts }}<b>{{ .Status | toUpper }}</b> {{ .Labels.alertname }}
{{- if .Labels.instance }} on {{ .Labels.instance }}{{ end }}
{{- if .Annotations.summary }}: {{ .Annotations.summary }}{{ end }}
{{- if .Annotations.description }}<br>{{ .Annotations.description }}{{ end }}<br>{{ end }}
{{- end }}

{{- define "vigie.html" -}}
<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>{{ template "__subject" . }}</title></head>
<body style="font-family:sans-serif">
<h3>{{ template "__subject" . }}</h3>
{{ range .Alerts }}<table style="border-left:4px solid {{ if eq .Status "firing" }}#c62828{{ else }}#2e7d32{{ end }};margin-bottom:1em">
<tr><td><b>{{ .Status | toUpper }}</b></td><td><b>{{ .Labels.alertname }}</b>{{ if .Labels.instance }} on {{ .Labels.instance }}{{ end }}</td></tr>
{{ range .Annotations.SortedPairs }}<tr><td>{{ .Name }}</td><td>{{ .Value }}</td></tr>
{{ end }}<tr><td>since</td><td>{{ .StartsAt.Format "2006-01-02 15:04:05" }} UTC</td></tr>
{{ if eq .Status "resolved" }}<tr><td>over at</td><td>{{ .EndsAt.Format "2006-01-02 15:04:05" }} UTC</td></tr>
{{ end }}<tr><td>labels</td><td>{{ range $i, $pair := .Labels.SortedPairs }}{{ if $i }}, {{ end }}{{ .Name }}={{ .Value }}{{ end }}</td></tr>
</table>
{{ end }}<p><a href="{{ .ExternalURL }}">{{ .ExternalURL }}</a></p>
</body></html>
{{ end }}
)tmpl";

// Alertmanager's names, by each other as its own are and by ours at the end: a file that defines one of them anew
// changes all messages in which it stands.
constexpr std::array alertmanagers{
    std::pair{"__alertmanager", "Vigie"},
    std::pair{"__alertmanagerURL", "{{ .ExternalURL }}"},
    std::pair{"__subject", R"({{ template "vigie.title" . }})"},
    std::pair{"__description", ""},
    std::pair{"__text_alert_list", R"({{ template "vigie.list" . }})"},  // of alerts
    std::pair{"email.default.subject", R"({{ template "__subject" . }})"},
    std::pair{"email.default.html", R"({{ template "vigie.html" . }})"},
    std::pair{"slack.default.title", R"({{ template "__subject" . }})"},
    std::pair{"slack.default.username", R"({{ template "__alertmanager" . }})"},
    std::pair{"slack.default.fallback", R"({{ template "slack.default.title" . }})"},
    std::pair{"slack.default.callbackid", ""},
    std::pair{"slack.default.pretext", ""},
    std::pair{"slack.default.titlelink", R"({{ template "__alertmanagerURL" . }})"},
    std::pair{"slack.default.iconemoji", ""},
    std::pair{"slack.default.iconurl", ""},
    std::pair{"slack.default.text", R"({{ template "vigie.text" . }})"},
    std::pair{"slack.default.footer", ""},
    std::pair{"discord.default.title", R"({{ template "__subject" . }})"},
    std::pair{"discord.default.message", R"({{ template "__text_alert_list" .Alerts }})"},
    std::pair{"pagerduty.default.description", R"({{ template "__subject" . }})"},
    std::pair{"pagerduty.default.client", R"({{ template "__alertmanager" . }})"},
    std::pair{"pagerduty.default.clientURL", R"({{ template "__alertmanagerURL" . }})"},
    std::pair{"pagerduty.default.instances", R"({{ template "__text_alert_list" . }})"},  // of alerts
    std::pair{"opsgenie.default.message", R"({{ template "__subject" . }})"},
    std::pair{"opsgenie.default.description", R"({{ template "__text_alert_list" .Alerts }})"},
    std::pair{"opsgenie.default.source", R"({{ template "__alertmanagerURL" . }})"},
    std::pair{"telegram.default.message",
              R"({{ template "__subject" . }}{{ "\n" }}{{ template "__text_alert_list" .Alerts }})"},
};

Definitions make() {
    Definitions all;
    VIGIE_ASSERT(rules::templates::parse_block(texts, Dialect::alertmanager, &all).has_value());
    for (const auto& [name, text] : alertmanagers) {
        auto block = rules::templates::parse_block(text, Dialect::alertmanager);
        VIGIE_ASSERT(block.has_value());
        all[name] = {std::make_shared<const rules::templates::Block>(std::move(*block))};
    }
    for (auto& [name, definition] : all) {
        definition.is_plain_text = name != "vigie.lines" && name != "vigie.html";
    }
    return all;
}

}  // namespace

const Definitions& default_definitions() {
    static const auto all = make();
    return all;
}

}  // namespace vigie::controller::routing
