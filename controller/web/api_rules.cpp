// rules and alerts.
#include "controller/web/prometheus_api.hpp"

#include <charconv>
#include <cmath>

namespace vigie::controller::web {
namespace {

// Of Go's encoding/json for a time that is not set.
constexpr std::string_view no_time = "0001-01-01T00:00:00Z";

using Texts = std::map<std::string, std::string>;

void put_field(std::string& out, std::string_view name) {
    out += out.back() == '{' ? "" : ",";
    put_json_text(out, name);
    out += ':';
}
void put_text(std::string& out, std::string_view name, std::string_view value) {
    put_field(out, name);
    put_json_text(out, value);
}
void put_texts(std::string& out, std::string_view name, const Texts& texts) {
    put_field(out, name);
    out += '{';
    for (const auto& [key, value] : texts) {
        put_text(out, key, value);
    }
    out += '}';
}
void put_number(std::string& out, std::string_view name, double value) {
    put_field(out, name);
    out += fmt::format("{}", value);
}
void put_seconds(std::string& out, std::string_view name, nanoseconds value) {
    put_number(out, name, static_cast<double>(value.count()) / 1e9);
}
void put_time(std::string& out, std::string_view name, std::optional<WallTime> at) {
    put_text(out, name, at ? to_rfc3339(*at) : no_time);
}

// Go's strconv with 'e': all digits, and two of the exponent.
std::string exponent_text(double value) {
    if (std::isnan(value)) {
        return "NaN";
    }
    if (std::isinf(value)) {
        return value > 0 ? "+Inf" : "-Inf";
    }
    char text[64];
    return {text, std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr};
}

void put_alert(std::string& out, const AlertView& alert) {
    out += '{';
    put_texts(out, "labels", alert.labels);
    put_texts(out, "annotations", alert.annotations);
    put_text(out, "state", alert.is_firing ? "firing" : "pending");
    put_time(out, "activeAt", alert.active_at);
    if (alert.kept_firing_since) {
        put_time(out, "keepFiringSince", alert.kept_firing_since);
    }
    put_text(out, "value", exponent_text(alert.value));
    out += '}';
}

void put_alerts(std::string& out, const std::vector<AlertView>& alerts) {
    for (const auto& alert : alerts) {
        out += out.back() == '[' ? "" : ",";
        put_alert(out, alert);
    }
}

std::string_view state_of(const RuleView& rule) {
    const bool is_firing =
        std::any_of(rule.alerts.begin(), rule.alerts.end(), [](const AlertView& one) { return one.is_firing; });
    return is_firing ? "firing" : rule.alerts.empty() ? "inactive" : "pending";
}

void put_rule(std::string& out, const RuleView& rule) {
    out += '{';
    if (rule.is_alerting) {
        put_text(out, "state", state_of(rule));
    }
    put_text(out, "name", rule.name);
    put_text(out, "query", rule.query);
    if (rule.is_alerting) {
        put_seconds(out, "duration", rule.hold);
        put_seconds(out, "keepFiringFor", rule.keep_firing);
    }
    if (rule.is_alerting || !rule.labels.empty()) {
        put_texts(out, "labels", rule.labels);
    }
    if (rule.is_alerting) {
        put_texts(out, "annotations", rule.annotations);
        put_field(out, "alerts");
        out += '[';
        put_alerts(out, rule.alerts);
        out += ']';
    }
    put_text(out, "health", !rule.failure.empty() ? "err" : rule.evaluated_at ? "ok" : "unknown");
    if (!rule.failure.empty()) {
        put_text(out, "lastError", rule.failure);
    }
    put_seconds(out, "evaluationTime", rule.took);
    put_time(out, "lastEvaluation", rule.evaluated_at);
    put_text(out, "type", rule.is_alerting ? "alerting" : "recording");
    out += '}';
}

void put_group(std::string& out, const GroupView& group, bool with_alerting, bool with_recording) {
    nanoseconds took{0};
    std::optional<WallTime> evaluated_at;
    out += '{';
    put_text(out, "name", group.name);
    put_text(out, "file", group.file);
    put_field(out, "rules");
    out += '[';
    for (const auto& rule : group.rules) {
        took += rule.took;
        evaluated_at = std::max(evaluated_at, rule.evaluated_at);
        if (rule.is_alerting ? with_alerting : with_recording) {
            out += out.back() == '[' ? "" : ",";
            put_rule(out, rule);
        }
    }
    out += ']';
    put_seconds(out, "interval", group.interval);
    put_number(out, "limit", static_cast<double>(group.limit));
    put_seconds(out, "evaluationTime", took);
    put_time(out, "lastEvaluation", evaluated_at);
    out += '}';
}

}  // namespace

ApiResult<HttpResponse> PrometheusApi::rules(const ApiCall& call, const Cancelled&) const {
    std::string type(call.form.first("type"));
    std::transform(type.begin(), type.end(), type.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
    if (!type.empty() && type != "alert" && type != "record") {
        std::string shown;
        put_json_text(shown, type);
        return refuse(ApiErrorKind::bad_data, "invalid parameter \"type\": not supported value {}", shown);
    }
    const auto view = rules_ ? rules_() : Result<RulesView>(RulesView());
    if (!view) {
        return tl::unexpected(execution_error(view.error()));
    }
    std::string out = R"({"groups":[)";
    for (const auto& group : view->groups) {
        out += out.back() == '[' ? "" : ",";
        put_group(out, group, type != "record", type != "alert");
    }
    return success_response(out + "]}");
}

ApiResult<HttpResponse> PrometheusApi::alerts(const ApiCall&, const Cancelled&) const {
    const auto view = rules_ ? rules_() : Result<RulesView>(RulesView());
    if (!view) {
        return tl::unexpected(execution_error(view.error()));
    }
    std::string out = R"({"alerts":[)";
    for (const auto& group : view->groups) {
        for (const auto& rule : group.rules) {
            put_alerts(out, rule.alerts);
        }
    }
    put_alerts(out, view->others);
    return success_response(out + "]}");
}

}  // namespace vigie::controller::web
