// The first to see a request: who asks, what for, and off to the pool with it unless it is small.
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
    struct Apis {
        const PrometheusApi& whole;
        // For small queries, which cost less than to hand them to the pool and back: within limits that the loop can
        // bear, over what is in memory. nullptr: the pool answers everything.
        const PrometheusApi* at_once = nullptr;
    };
    // Keeps the references. Without `metrics` there is no such page.
    Front(Access access, Apis apis, WorkQueue& work, const Clock& clock, MetricsSource metrics = {})
        : access_(std::move(access)), apis_(apis), work_(work), clock_(clock), metrics_(std::move(metrics)) {}

    void take(ExchangeId exchange, HttpRequest request, HttpAnswers& to) override;
    void gone(ExchangeId exchange) override;

    const FrontCounts& counts() const { return counts_; }

  private:
    // An answer at once, or nothing: the pool makes it.
    ApiResult<std::optional<HttpResponse>> answer_or_start(ExchangeId exchange, HttpRequest& request, HttpAnswers& to);
    // On the pool.
    using Make = std::function<HttpResponse(const std::atomic<bool>& cancelled)>;
    Make page_of_metrics(const std::string& accept) const;
    // Nothing: it is too much for the loop.
    std::optional<ApiResult<HttpResponse>> at_once(const Route& route, const ApiCall& call);
    bool has_loop_time();
    ApiResult<void> start(ExchangeId exchange, Make make, HttpAnswers& to);
    void answer(ExchangeId exchange, HttpResponse response, HttpAnswers& to);

    const Access access_;
    const Apis apis_;
    WorkQueue& work_;
    const Clock& clock_;
    const MetricsSource metrics_;
    std::map<ExchangeId, WorkQueue::Id> under_way_;
    MonoTime turn_began_{};
    MonoTime::duration at_once_in_turn_{};  // what was answered at once has taken since then
    FrontCounts counts_;
};

}  // namespace vigie::controller::web
