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
    // Keeps the references; the runner must be gone before the port is.
    static Result<std::unique_ptr<HttpPort>> open(HttpWish wish, Loop& loop, const StateStore& store,
                                                  const Clock& clock, QueryRunner& runner);

    const std::string& endpoint() const { return server_->endpoint(); }

  private:
    HttpPort(web::Access access, const StateStore& store, const Clock& clock, QueryRunner& runner)
        : api_(store, clock), front_(std::move(access), api_, runner, clock) {}

    web::PrometheusApi api_;
    web::Front front_;
    std::unique_ptr<web::HttpServer> server_;
};

}  // namespace vigie::controller
