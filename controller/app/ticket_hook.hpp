// What another tracker posts about tickets, on a port of its own: the HTTP port beside it changes nothing. A post
// becomes an operator's request at the desk, so that it is checked, audited and answered as one.
#pragma once
#include <memory>
#include <optional>

#include "controller/operator/desk.hpp"
#include "controller/tickets/options.hpp"
#include "controller/web/access.hpp"
#include "controller/web/http_server.hpp"

namespace vigie::controller {

constexpr std::string_view ticket_hook_path = "/tickets";

struct HookWish {
    web::ListenAddress where;
    web::Access access;  // with the tracker's token
};
// Nothing when no tracker posts. Errors name the place: an address that is none, and a token's file that can't be read
// or is others' too.
Result<std::optional<HookWish>> hook_wish_of(const tickets::Options& options);

// On the loop.
class TicketHook final : public web::HttpApp {
  public:
    // Listens. Keeps the references.
    static Result<std::unique_ptr<TicketHook>> open(HookWish wish, Loop& loop, const Clock& clock, const Desk& desk);
    // Without a port: for tests.
    TicketHook(web::Access access, const Desk& desk) : access_(std::move(access)), desk_(desk) {}

    void take(web::ExchangeId exchange, web::HttpRequest request, web::HttpAnswers& to) override;
    void gone(web::ExchangeId) override {}  // what was asked for is done all the same
    const std::string& endpoint() const { return server_->endpoint(); }

  private:
    const web::Access access_;
    const Desk& desk_;
    std::unique_ptr<web::HttpServer> server_;
};

}  // namespace vigie::controller
