#include "controller/app/ticket_hook.hpp"

#include "controller/app/answers.hpp"
#include "controller/tickets/book.hpp"

namespace vigie::controller {
namespace {

using web::ApiErrorKind;
using web::HttpResponse;

// 4xx: sending it again changes nothing. 503: it may.
int status_of(const Result<Json>& answer) {
    if (answer) {
        return 200;
    }
    switch (answer.error().code) {
        case ErrorCode::malformed:
        case ErrorCode::unsupported:
            return 400;
        case ErrorCode::denied:
            return 403;
        case ErrorCode::not_found:
            return 404;
        case ErrorCode::conflict:
        case ErrorCode::exists:
            return 409;
        case ErrorCode::too_large:
            return 413;
        default:
            return 503;
    }
}

HttpResponse response_of(std::string line) {
    HttpResponse response;
    response.status = status_of(decode_answer(line));
    response.body = std::move(line);
    if (response.status == 503) {
        response.headers.push_back({"Retry-After", "30"});
    }
    return response;
}

}  // namespace

Result<std::optional<HookWish>> hook_wish_of(const tickets::Options& options) {
    if (options.tracker_token_file.empty()) {
        return std::nullopt;
    }
    const auto named = [&options](const Error& error) { return error.at(options.tracker_place); };
    HookWish wish;
    VIGIE_TRY(wish.where, web::parse_listen_address(options.tracker_listen).map_error(named));
    VIGIE_CHECK(wish.access.read_token(options.tracker_token_file).map_error(named));
    return std::optional(std::move(wish));
}

Result<std::unique_ptr<TicketHook>> TicketHook::open(HookWish wish, Loop& loop, const Clock& clock, const Desk& desk) {
    auto hook = std::make_unique<TicketHook>(std::move(wish.access), desk);
    VIGIE_TRY(hook->server_, web::HttpServer::open(loop, clock, wish.where, *hook));
    return hook;
}

void TicketHook::take(web::ExchangeId exchange, web::HttpRequest request, web::HttpAnswers& to) {
    if (const auto allowed = access_.check(request, true); !allowed) {
        return to.answer(exchange, web::error_response(allowed.error()));
    }
    const auto refused = [&](web::ApiError error) { to.answer(exchange, web::error_response(error)); };
    if (request.target != ticket_hook_path) {
        return refused({ApiErrorKind::not_found, fmt::format("post to {}", ticket_hook_path), {}});
    }
    if (request.method != "POST") {
        return refused({ApiErrorKind::bad_method, fmt::format("{} takes POST", ticket_hook_path), {{"Allow", "POST"}}});
    }
    Request wish;
    wish.verb = "tickets.sync";
    wish.arguments = shallow_json(request.body);
    if (!wish.arguments.is_object()) {
        return refused({ApiErrorKind::bad_data, "post one JSON object", {}});
    }
    desk_.take(Caller{.name = tickets::tracker_author, .key = {}, .role = Role::operator_, .from = "ticket hook"},
               encode_request(wish),
               [exchange, &to](std::string line) { to.answer(exchange, response_of(std::move(line))); });
}

}  // namespace vigie::controller
