// The HTTP port as the configuration wants it: where, for whom, and what answers there.
#pragma once
#include "controller/app/query_runner.hpp"
#include "controller/config/controller_config.hpp"
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
          front_(std::move(access), api_, parts.runner, parts.clock, std::move(parts.metrics)) {}

    web::PrometheusApi api_;
    web::Front front_;
    std::unique_ptr<web::HttpServer> server_;
};

}  // namespace vigie::controller
