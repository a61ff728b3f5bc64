// The first to see a request: who asks, what for, and off to the pool with it.
#pragma once
#include <map>

#include "controller/web/access.hpp"
#include "controller/web/routes.hpp"
#include "controller/web/work_queue.hpp"

namespace vigie::controller::web {

// Requests since the start, and what became of them. On the loop.
struct FrontCounts {
    std::map<int, uint64_t> by_status{};
    uint64_t given_up = 0;  // whose client left before the answer
};

class Front final : public HttpApp {
  public:
    // Keeps the references.
    Front(Access access, const PrometheusApi& api, WorkQueue& work, const Clock& clock)
        : access_(std::move(access)), api_(api), work_(work), clock_(clock) {}

    void take(ExchangeId exchange, HttpRequest request, HttpAnswers& to) override;
    void gone(ExchangeId exchange) override;

    const FrontCounts& counts() const { return counts_; }

  private:
    // An answer at once, or nothing: the pool makes it.
    ApiResult<std::optional<HttpResponse>> answer_or_start(ExchangeId exchange, HttpRequest& request, HttpAnswers& to);
    ApiResult<void> start(ExchangeId exchange, Route route, ApiCall call, HttpAnswers& to);
    void answer(ExchangeId exchange, HttpResponse response, HttpAnswers& to);

    const Access access_;
    const PrometheusApi& api_;
    WorkQueue& work_;
    const Clock& clock_;
    std::map<ExchangeId, WorkQueue::Id> under_way_;
    FrontCounts counts_;
};

}  // namespace vigie::controller::web
