// uv_getaddrinfo runs getaddrinfo on the pool. Requests outlive a Resolver that no longer wants them.
#include "shared/loop/resolve.hpp"

#include <netdb.h>
#include <uv.h>

#include <charconv>

#include "shared/core/assert.hpp"

namespace vigie {
namespace {
constexpr std::string_view scheme = "tcp://";

addrinfo wanted_addresses() {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    return hints;
}

std::string numeric_endpoint(const addrinfo& address, std::string_view port) {
    std::array<char, NI_MAXHOST> host{};
    getnameinfo(address.ai_addr, address.ai_addrlen, host.data(), host.size(), nullptr, 0, NI_NUMERICHOST);
    return address.ai_family == AF_INET6 ? fmt::format("{}[{}]:{}", scheme, host.data(), port)
                                         : fmt::format("{}{}:{}", scheme, host.data(), port);
}

Result<std::vector<std::string>> all_of(const addrinfo* addresses, const Endpoint& endpoint) {
    std::vector<std::string> usable;
    for (const auto* one = addresses; one != nullptr; one = one->ai_next) {
        if (one->ai_family == AF_INET || one->ai_family == AF_INET6) {
            usable.push_back(numeric_endpoint(*one, endpoint.port));
        }
    }
    if (usable.empty()) {
        return fail(ErrorCode::not_found, "{}: no address", endpoint.host);
    }
    return usable;
}

Result<std::string> pick(const addrinfo* addresses, size_t turn, const Endpoint& endpoint) {
    VIGIE_TRY(auto usable, all_of(addresses, endpoint));
    return std::move(usable[turn % usable.size()]);
}

Result<Endpoint> parse_with_port_from(unsigned port_min, std::string_view text) {
    const auto broken = [&] { return fail(ErrorCode::malformed, "endpoint \"{}\": expected tcp://HOST:PORT", text); };
    const auto colon = text.rfind(':');
    if (!text.starts_with(scheme) || colon <= scheme.size() || colon == std::string_view::npos) {
        return broken();
    }
    auto host = text.substr(scheme.size(), colon - scheme.size());
    const auto port = text.substr(colon + 1);
    unsigned number = 0;
    const auto [end, problem] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (problem != std::errc{} || end != port.data() + port.size() || number < port_min || number > 65'535) {
        return broken();
    }
    const bool is_bracketed = host.starts_with('[') && host.ends_with(']') && host.size() > 2;
    if (is_bracketed) {
        host = host.substr(1, host.size() - 2);
    }
    // Quotes, blanks and control characters stand in no host name, and an identity file must not get any.
    const bool is_plain = std::none_of(host.begin(), host.end(), [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || c == 0x7f ||
               std::string_view("'\"\\[]/").find(c) != std::string_view::npos;
    });
    if (!is_plain || (!is_bracketed && host.find(':') != std::string_view::npos)) {
        return broken();
    }
    return Endpoint{.host = std::string(host), .port = std::string(port)};
}
}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
    return parse_with_port_from(1, text);
}
Result<Endpoint> parse_listen_endpoint(std::string_view text) {
    return parse_with_port_from(0, text);
}

struct Resolver::Request {
    uv_getaddrinfo_t raw{};
    Resolver* owner = nullptr;  // null: nobody waits any more
    Endpoint endpoint;
    size_t turn = 0;
    Done done;

    static void on_resolved(uv_getaddrinfo_t* raw, int status, addrinfo* addresses) {
        const std::unique_ptr<Request> self(static_cast<Request*>(raw->data));
        Result<std::string> outcome =
            status == 0 ? pick(addresses, self->turn, self->endpoint)
                        : fail(ErrorCode::not_found, "resolve {}: {}", self->endpoint.host, uv_strerror(status));
        uv_freeaddrinfo(addresses);
        if (self->owner != nullptr) {
            self->owner->request_ = nullptr;
            self->done(std::move(outcome));
        }
    }
};

Resolver::~Resolver() {
    forget();
}

void Resolver::forget() {
    if (request_ != nullptr) {
        request_->owner = nullptr;
        uv_cancel(reinterpret_cast<uv_req_t*>(&request_->raw));
        request_ = nullptr;
    }
}

void Resolver::resolve(const std::string& endpoint, size_t turn, Done done) {
    VIGIE_ASSERT(loop_.on_thread());
    forget();
    auto parsed = parse_endpoint(endpoint);
    auto request = std::make_unique<Request>();
    request->owner = this;
    request->turn = turn;
    request->done = std::move(done);
    request->raw.data = request.get();
    if (!parsed) {
        // A text that cannot be looked up at all still answers from the loop: as the look-up of nothing.
        request->done = [error = parsed.error(), answer = std::move(request->done)](const Result<std::string>&) {
            answer(fail(error));
        };
        parsed = Endpoint{.host = "127.0.0.1", .port = "1"};
    }
    request->endpoint = std::move(*parsed);
    const auto hints = wanted_addresses();
    const int status = uv_getaddrinfo(loop_.raw(), &request->raw, Request::on_resolved, request->endpoint.host.c_str(),
                                      request->endpoint.port.c_str(), &hints);
    VIGIE_ASSERT(status == 0 || status == UV_EINVAL || status == UV_ENAMETOOLONG);
    if (status != 0) {
        request->done(fail(ErrorCode::malformed, "resolve {}: {}", endpoint, uv_strerror(status)));
        return;
    }
    request_ = request.release();
}

Result<std::string> resolve_now(const std::string& endpoint) {
    VIGIE_TRY(auto all, resolve_all_now(endpoint));
    return std::move(all.front());
}

Result<std::vector<std::string>> resolve_all_now(const std::string& endpoint) {
    VIGIE_TRY(const auto parsed, parse_endpoint(endpoint));
    addrinfo* addresses = nullptr;
    const auto hints = wanted_addresses();
    const int status = getaddrinfo(parsed.host.c_str(), parsed.port.c_str(), &hints, &addresses);
    if (status != 0) {
        return fail(ErrorCode::not_found, "resolve {}: {}", parsed.host, gai_strerror(status));
    }
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(addresses, freeaddrinfo);
    return all_of(addresses, parsed);
}

}  // namespace vigie
