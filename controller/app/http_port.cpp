#include "controller/app/http_port.hpp"

#include "shared/os/host_identity.hpp"

namespace vigie::controller {
namespace {

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
    return text;
}

}  // namespace

Result<std::optional<HttpWish>> http_wish_of(const ControllerConfig& config) {
    if (!config.http) {
        return std::nullopt;
    }
    const auto& http = *config.http;
    const auto named = [&http](const Error& error) { return error.at(http.place); };
    VIGIE_TRY(const auto where, web::parse_listen_address(http.listen).map_error(named));
    std::set<std::string> hosts{lower(host_name())};
    for (const auto& host : http.hosts) {
        hosts.insert(lower(host));
    }
    web::Access access(std::move(hosts));
    if (!http.token_file.empty()) {
        VIGIE_CHECK(access.read_token(http.token_file).map_error(named));
    }
    if (!where.is_loopback && !access.has_token()) {
        return fail(ErrorCode::denied,
                    "{}: listen: other machines reach {}: name a token_file, whose token they must send, or listen on "
                    "127.0.0.1",
                    http.place, http.listen);
    }
    return HttpWish{where, std::move(access)};
}

Result<std::unique_ptr<HttpPort>> HttpPort::open(HttpWish wish, Loop& loop, Parts parts) {
    const auto& clock = parts.clock;
    std::unique_ptr<HttpPort> port(new HttpPort(std::move(wish.access), std::move(parts)));
    VIGIE_TRY(port->server_, web::HttpServer::open(loop, clock, wish.where, port->front_));
    return port;
}

}  // namespace vigie::controller
