#include "controller/web/routes.hpp"

#include <map>

namespace vigie::controller::web {
namespace {

constexpr std::string_view label_before = "/api/v1/label/";
constexpr std::string_view label_after = "/values";

const std::map<std::string_view, Route>& table() {
    static const std::map<std::string_view, Route> routes{
        {"/api/v1/query", {&PrometheusApi::query, true, true}},
        {"/api/v1/query_range", {&PrometheusApi::query_range, true, true}},
        {"/api/v1/query_exemplars", {&PrometheusApi::query_exemplars, true}},
        {"/api/v1/format_query", {&PrometheusApi::format_query, true}},
        {"/api/v1/series", {&PrometheusApi::series, true}},
        {"/api/v1/labels", {&PrometheusApi::labels, true}},
        {"/api/v1/metadata", {&PrometheusApi::metadata}},
        {"/api/v1/rules", {&PrometheusApi::rules}},
        {"/api/v1/alerts", {&PrometheusApi::alerts}},
        {"/api/v1/status/buildinfo", {&PrometheusApi::build_info}},
    };
    return routes;
}

}  // namespace

std::optional<Route> route_of(std::string_view path) {
    if (const auto found = table().find(path); found != table().end()) {
        return found->second;
    }
    const bool is_label = path.starts_with(label_before) && path.ends_with(label_after) &&
                          path.size() > label_before.size() + label_after.size();
    if (!is_label) {
        return std::nullopt;
    }
    const auto name = path.substr(label_before.size(), path.size() - label_before.size() - label_after.size());
    if (name.find('/') != std::string_view::npos) {
        return std::nullopt;
    }
    return Route{.answer = &PrometheusApi::label_values, .label = std::string(name)};
}

bool is_health_path(std::string_view path) {
    return path == "/-/healthy" || path == "/-/ready";
}

}  // namespace vigie::controller::web
