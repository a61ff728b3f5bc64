// The HTTP port as the configuration wants it: where, for whom, and what answers there.
#pragma once
#include "controller/app/query_runner.hpp"
#include "controller/config/controller_config.hpp"
#include "controller/store/in_memory.hpp"
#include "controller/web/front.hpp"
#include "controller/web/http_server.hpp"

namespace vigie::controller {

struct HttpWish {
    web::ListenAddress where;
    web::Access access;
};
// Nothing when none is configured. Errors name the place: an address that is none, a token's file that can't be read or
// is others' too, and a port that other machines reach and that asks for no token.
Result<std::optional<HttpWish>> http_wish_of(const ControllerConfig& config);

class HttpPort {
  public:
    // What it answers with beside the stored samples. All of it outlives the port.
    struct Parts {
        const StateStore& store;
        const Clock& clock;
        QueryRunner& runner;  // must be gone before the port is
        web::RulesSource rules;
        web::MetricsSource metrics;
    };
    static Result<std::unique_ptr<HttpPort>> open(HttpWish wish, Loop& loop, Parts parts);

    const std::string& endpoint() const { return server_->endpoint(); }
    // On the loop.
    web::FrontCounts front_counts() const { return front_.counts(); }
    web::HttpCounts server_counts() const { return server_->counts(); }

  private:
    HttpPort(web::Access access, Parts parts)
        : api_(parts.store, parts.clock, {}, std::move(parts.rules)),
          in_memory_(parts.store),
          at_once_(in_memory_, parts.clock, at_once_limits),
          front_(std::move(access), {api_, &at_once_}, parts.runner, parts.clock, std::move(parts.metrics)) {}

    // A panel of one series. On the loop, where everybody else waits meanwhile.
    static constexpr web::ApiLimits at_once_limits{
        .query = {.samples_max = 4'000, .series_max = 100, .results_max = 2'000, .work_between_looks = 2'000},
        .time_max = 2ms};

    web::PrometheusApi api_;
    InMemory in_memory_;
    web::PrometheusApi at_once_;
    web::Front front_;
    std::unique_ptr<web::HttpServer> server_;
};

}  // namespace vigie::controller
