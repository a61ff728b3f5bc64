// http_config: who is asked for, and which certificates are believed.
#include <algorithm>
#include <array>

#include "controller/routing/routing_parts.hpp"

namespace vigie::controller::routing {
namespace {

using config::Node;
using rules::Faults;
using rules::Fields;

void read_basic_auth(Fields& fields, HttpSettings& target, Faults& faults) {
    const auto* node = fields.take("basic_auth");
    if (node == nullptr) {
        return;
    }
    Fields auth(*node, "basic_auth", faults);
    target.user = auth.text("username");
    target.password = auth.text("password");
    target.password_file = auth.text("password_file");
    auth.finish();
    if (target.user.empty()) {
        faults.add(*node, "basic_auth: needs a username");
    }
    if (!target.password.empty() && !target.password_file.empty()) {
        faults.add(*node, "basic_auth: give either password or password_file");
    }
}

void read_authorization(Fields& fields, HttpSettings& target, Faults& faults) {
    target.credentials = fields.text("bearer_token");
    target.credentials_file = fields.text("bearer_token_file");
    const auto* node = fields.take("authorization");
    if (node != nullptr) {
        if (!target.credentials.empty() || !target.credentials_file.empty()) {
            faults.add(*node, "authorization: goes with no bearer_token and no bearer_token_file");
        }
        Fields auth(*node, "authorization", faults);
        if (const auto type = auth.text("type"); !type.empty()) {
            target.authorization_type = type;
        }
        target.credentials = auth.text("credentials");
        target.credentials_file = auth.text("credentials_file");
        auth.finish();
    }
    const bool has_one = !target.credentials.empty() || !target.credentials_file.empty();
    if (const auto* at = node != nullptr ? node : fields.take("bearer_token");
        at != nullptr && !target.credentials.empty() && !target.credentials_file.empty()) {
        faults.add(*at, "authorization: give either credentials or credentials_file");
    }
    if (const auto* basic = fields.take("basic_auth"); basic != nullptr && has_one) {
        faults.add(*basic, "basic_auth: goes with no other authorization");
    }
}

// The message does not repeat the value: it may hold a password.
void read_proxy(Fields& fields, HttpSettings& target, Faults& faults) {
    target.transport.proxy_url = fields.text("proxy_url");
    constexpr std::array<std::string_view, 4> schemes{"http://", "https://", "socks5://", "socks5h://"};
    const std::string_view url = target.transport.proxy_url;
    const bool is_known = std::any_of(schemes.begin(), schemes.end(),
                                      [url](auto scheme) { return url.starts_with(scheme) && url != scheme; });
    if (const auto* at = fields.take("proxy_url"); at != nullptr && !url.empty() && !is_known) {
        faults.add(*at, "proxy_url: must begin with http://, https:// or socks5://, and name a host");
    }
}

}  // namespace

void read_tls(const Node& node, HttpSettings& target, Faults& faults) {
    Fields fields(node, "tls_config", faults);
    target.ca_file = fields.text("ca_file");
    target.transport.cert_file = fields.text("cert_file");
    target.transport.key_file = fields.text("key_file");
    if (target.transport.cert_file.empty() && !target.transport.key_file.empty()) {
        faults.add(node, "tls_config: key_file needs a cert_file");
    }
    for (const auto* key : {"server_name", "insecure_skip_verify", "min_version"}) {
        if (const auto* at = fields.take(key); at != nullptr && at->scalar != "false") {
            faults.add(*at, fmt::format("tls_config: {} is not supported", key), ErrorCode::unsupported);
        }
    }
    fields.finish();
}

void read_http(const Node& node, HttpSettings& target, Faults& faults) {
    Fields fields(node, "http_config", faults);
    read_basic_auth(fields, target, faults);
    read_authorization(fields, target, faults);
    if (const auto* tls = fields.take("tls_config")) {
        read_tls(*tls, target, faults);
    }
    read_proxy(fields, target, faults);
    target.transport.is_redirected = read_flag(fields, "follow_redirects", false, faults);
    for (const auto* key : {"oauth2", "proxy_connect_header"}) {
        if (const auto* at = fields.take(key)) {
            faults.add(*at, fmt::format("http_config: {} is not supported", key), ErrorCode::unsupported);
        }
    }
    read_flag(fields, "enable_http2", true, faults);  // libcurl and the server agree on a version
    fields.finish();
}

}  // namespace vigie::controller::routing
