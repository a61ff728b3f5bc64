// Paths to what answers them.
#pragma once
#include <optional>

#include "controller/web/prometheus_api.hpp"

namespace vigie::controller::web {

struct Route {
    using Answer = ApiResult<HttpResponse> (PrometheusApi::*)(const ApiCall&, const std::atomic<bool>&) const;

    Answer answer = nullptr;
    bool takes_post = false;  // a form in the body; GET and HEAD go always
    bool is_query = false;    // of samples
    std::string label{};      // of label/<name>/values
};

// Of a decoded path; nullopt: there is none.
std::optional<Route> route_of(std::string_view path);

// Paths that say whether the controller is up, and nothing else: no token is asked for.
bool is_health_path(std::string_view path);

}  // namespace vigie::controller::web
