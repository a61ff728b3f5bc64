// No more of RFC 3986 than what is needed.
#include "agent/scrape/target_address.hpp"

#include <algorithm>
#include <charconv>

namespace vigie::agent {
namespace {

constexpr std::string_view http_scheme = "http://";
constexpr std::string_view https_scheme = "https://";
constexpr std::string_view unix_scheme = "unix://";
constexpr std::string_view default_path = "/metrics";

// A request's line ends at the first blank, and a header at the first line feed.
bool is_plain(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

Result<uint16_t> port_in(std::string_view text) {
    uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size() || port == 0) {
        return fail(ErrorCode::malformed, "'{}' is no port", text);
    }
    return port;
}

Result<TargetAddress> unix_target(std::string_view rest) {
    const auto colon = rest.find(':');
    TargetAddress target;
    target.instance = rest.substr(0, colon);
    target.host = "localhost";
    target.path = colon == std::string_view::npos ? default_path : rest.substr(colon + 1);
    if (!target.instance.starts_with('/') || !target.path.starts_with('/')) {
        return fail(ErrorCode::malformed, "expected unix:///SOCKET:/PATH, such as unix:///run/app.sock:/metrics");
    }
    VIGIE_TRY(target.socket, unix_address(target.instance));
    return target;
}

Result<TargetAddress> http_target(std::string_view rest, uint16_t port) {
    const auto slash = rest.find_first_of("/?");
    auto authority = rest.substr(0, slash);
    TargetAddress target;
    target.path = slash == std::string_view::npos ? default_path : rest.substr(slash);
    if (target.path.starts_with('?')) {
        target.path.insert(0, "/");
    }
    if (authority.find('@') != std::string_view::npos) {
        return fail(ErrorCode::malformed,
                    "a user or password in a URL would stand in logs: use token_file, or user and password_file");
    }
    const bool is_bracketed = authority.starts_with('[');
    const auto end = is_bracketed ? authority.find(']') : authority.find(':');
    if (is_bracketed && end == std::string_view::npos) {
        return fail(ErrorCode::malformed, "an IPv6 address without its closing bracket");
    }
    const auto host = is_bracketed ? authority.substr(1, end - 1) : authority.substr(0, end);
    const auto behind = end == std::string_view::npos ? "" : authority.substr(end + (is_bracketed ? 1 : 0));
    if (!behind.empty() && !behind.starts_with(':')) {
        return fail(ErrorCode::malformed, "expected http://ADDRESS:PORT/PATH");
    }
    if (!behind.empty()) {
        VIGIE_TRY(port, port_in(behind.substr(1)));
    }
    VIGIE_TRY(target.socket, numeric_address(std::string(host), port));
    target.host = is_bracketed ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
    target.instance = target.host;
    return target;
}

}  // namespace

Result<TargetAddress> parse_target_url(std::string_view url) {
    if (!is_plain(url) || url.find('#') != std::string_view::npos) {
        return fail(ErrorCode::malformed, "a URL has no blanks, no # and no characters beyond ASCII");
    }
    if (url.starts_with(https_scheme)) {
        VIGIE_TRY(auto target, http_target(url.substr(https_scheme.size()), 443));
        target.is_secure = true;
        return target;
    }
    if (url.starts_with(unix_scheme)) {
        return unix_target(url.substr(unix_scheme.size()));
    }
    if (url.starts_with(http_scheme)) {
        return http_target(url.substr(http_scheme.size()), 80);
    }
    return fail(ErrorCode::malformed, "expected http://ADDRESS:PORT/PATH, https:// likewise, or unix:///SOCKET:/PATH");
}

}  // namespace vigie::agent
