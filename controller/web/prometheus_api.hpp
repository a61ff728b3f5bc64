// What each route of Prometheus' HTTP API answers, as 2.42 does. Pure over a store: any thread, no socket, no loop.
#pragma once
#include "controller/series/stored_query.hpp"
#include "controller/web/api_parameters.hpp"
#include "controller/web/rules_view.hpp"

namespace vigie::controller::web {

struct ApiCall {
    Form form{};          // of the body, then of the path
    std::string label{};  // of label/<name>/values
    MonoTime taken_at{};  // what it may take counts from here
};

struct ApiLimits {
    QueryLimits query{};
    // Of a whole call, waiting included. Grafana's own limit for a request is 30 s unless it is told otherwise.
    milliseconds time_max{30s};
    size_t names_max = 100'000;  // of labels and of one label's values
};

class PrometheusApi {
  public:
    // Keeps the references. Without `rules` there are none.
    PrometheusApi(const StateStore& store, const Clock& clock, ApiLimits limits = {}, RulesSource rules = {})
        : store_(store), clock_(clock), limits_(limits), rules_(std::move(rules)) {}

    using Cancelled = std::atomic<bool>;
    ApiResult<HttpResponse> query(const ApiCall& call, const Cancelled& cancelled) const;
    ApiResult<HttpResponse> query_range(const ApiCall& call, const Cancelled& cancelled) const;
    ApiResult<HttpResponse> query_exemplars(const ApiCall& call, const Cancelled& cancelled) const;
    ApiResult<HttpResponse> format_query(const ApiCall& call, const Cancelled& cancelled) const;
    ApiResult<HttpResponse> series(const ApiCall& call, const Cancelled& cancelled) const;
    ApiResult<HttpResponse> labels(const ApiCall& call, const Cancelled& cancelled) const;
    ApiResult<HttpResponse> label_values(const ApiCall& call, const Cancelled& cancelled) const;
    ApiResult<HttpResponse> metadata(const ApiCall& call, const Cancelled& cancelled) const;
    ApiResult<HttpResponse> rules(const ApiCall& call, const Cancelled& cancelled) const;
    ApiResult<HttpResponse> alerts(const ApiCall& call, const Cancelled& cancelled) const;
    ApiResult<HttpResponse> build_info(const ApiCall& call, const Cancelled& cancelled) const;

  private:
    // What is left of the call's time, which its parameter `timeout` may shorten.
    ApiResult<milliseconds> time_allowed(const ApiCall& call) const;
    ApiResult<HttpResponse> evaluate(const query::Expression& expression, const QueryTimes& times, milliseconds allowed,
                                     const ApiCall& call, const Cancelled& cancelled) const;
    template <typename List>
    ApiResult<HttpResponse> list(const ApiCall& call, const Cancelled& cancelled, const List& write) const;

    const StateStore& store_;
    const Clock& clock_;
    const ApiLimits limits_;
    const RulesSource rules_;
};

}  // namespace vigie::controller::web
