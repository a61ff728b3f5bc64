// The first to see a request: who asks, what for, and off to the pool with it.
#pragma once
#include <map>

#include "controller/web/access.hpp"
#include "controller/web/exposition.hpp"
#include "controller/web/routes.hpp"
#include "controller/web/work_queue.hpp"

namespace vigie::controller::web {

// Requests since the start, and what became of them. On the loop.
struct FrontCounts {
    std::map<int, uint64_t> by_status{};
    uint64_t given_up = 0;  // whose client left before the answer
};

// What /metrics shows: called on the loop, and what it gives is called on the pool.
using MetricsSource = std::function<std::function<std::vector<MetricFamily>()>()>;

class Front final : public HttpApp {
  public:
    // Keeps the references. Without `metrics` there is no such page.
    Front(Access access, const PrometheusApi& api, WorkQueue& work, const Clock& clock, MetricsSource metrics = {})
        : access_(std::move(access)), api_(api), work_(work), clock_(clock), metrics_(std::move(metrics)) {}

    void take(ExchangeId exchange, HttpRequest request, HttpAnswers& to) override;
    void gone(ExchangeId exchange) override;

    const FrontCounts& counts() const { return counts_; }

  private:
    // An answer at once, or nothing: the pool makes it.
    ApiResult<std::optional<HttpResponse>> answer_or_start(ExchangeId exchange, HttpRequest& request, HttpAnswers& to);
    // On the pool.
    using Make = std::function<HttpResponse(const std::atomic<bool>& cancelled)>;
    Make page_of_metrics(const std::string& accept) const;
    ApiResult<void> start(ExchangeId exchange, Make make, HttpAnswers& to);
    void answer(ExchangeId exchange, HttpResponse response, HttpAnswers& to);

    const Access access_;
    const PrometheusApi& api_;
    WorkQueue& work_;
    const Clock& clock_;
    const MetricsSource metrics_;
    std::map<ExchangeId, WorkQueue::Id> under_way_;
    FrontCounts counts_;
};

}  // namespace vigie::controller::web
