#include "controller/web/access.hpp"

#include <arpa/inet.h>

#include "shared/crypto/sodium_hash.hpp"
#include "shared/crypto/sodium_secret.hpp"
#include "shared/os/secret_file.hpp"

namespace vigie::controller::web {
namespace {

constexpr std::string_view token_characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=";

// The scheme's name is of any case (RFC 9110, 11.1).
std::string_view bearer_of(std::string_view authorization) {
    constexpr std::string_view scheme = "bearer ";
    const bool is_bearer = authorization.size() > scheme.size() &&
                           std::equal(scheme.begin(), scheme.end(), authorization.begin(),
                                      [](char a, char b) { return a == (b | (b == ' ' ? 0 : 0x20)); });
    return is_bearer ? authorization.substr(authorization.find_first_not_of(' ', scheme.size() - 1))
                     : std::string_view();
}

// Without the port and the brackets of an IPv6 address.
std::string name_in(std::string_view host) {
    std::string name(host);
    if (host.starts_with('[')) {
        name = host.substr(1, host.find(']') - 1);
    } else if (const auto colon = host.rfind(':'); colon != std::string_view::npos) {
        name = host.substr(0, colon);
    }
    std::transform(name.begin(), name.end(), name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
    return name;
}

bool is_address(const std::string& name) {
    in6_addr ignored{};
    return inet_pton(AF_INET, name.c_str(), &ignored) == 1 || inet_pton(AF_INET6, name.c_str(), &ignored) == 1;
}

}  // namespace

Result<void> Access::read_token(const std::string& path) {
    VIGIE_TRY(auto text, read_secret_file(path, 64_KiB));
    text.resize(std::min(text.size(), text.find_first_of("\r\n")));
    const Secret token(std::move(text));
    if (token.reveal().size() < token_bytes_min) {
        return fail(ErrorCode::malformed, "{}: its first line must be a token of {} characters or more", path,
                    token_bytes_min);
    }
    if (token.reveal().find_first_not_of(token_characters) != std::string::npos) {
        return fail(ErrorCode::malformed, "{}: a token has letters, digits and -._~+/= only", path);
    }
    token_hash_ = blake2b_hex(token.reveal());
    return {};
}

ApiResult<void> Access::check(const HttpRequest& request, bool needs_token) const {
    if (!has_token()) {
        if (!is_own_name(request.host)) {
            return refuse(ApiErrorKind::misdirected,
                          "'{}' is no name of this controller: ask for its address, or name it under http: hosts",
                          request.host.substr(0, 200));
        }
        return {};
    }
    const auto given = bearer_of(request.authorization);
    // Hashes, so that the comparison shows not even the token's length.
    if (!needs_token || is_equal_constant_time(blake2b_hex(given), token_hash_)) {
        return {};
    }
    return tl::unexpected(ApiError{
        ApiErrorKind::unauthorized,
        given.empty() ? "the controller wants a token: Authorization: Bearer TOKEN" : "the token is not the right one",
        {{"WWW-Authenticate", "Bearer realm=\"vigie\""}}});
}

// An address can't be rebound. HTTP/1.0 has no Host.
bool Access::is_own_name(std::string_view host) const {
    const auto name = name_in(host);
    return host.empty() || name == "localhost" || is_address(name) || hosts_.contains(name);
}

}  // namespace vigie::controller::web
