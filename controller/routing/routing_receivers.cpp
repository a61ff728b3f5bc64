// Receivers. Channels of other kinds are refused by name: an alert that nobody would hear of is worse than a file that
// is not taken.
#include "controller/routing/routing_parts.hpp"

#include <array>

namespace vigie::controller::routing {
namespace {

using config::Node;
using rules::Faults;
using rules::Fields;

constexpr std::array other_channels{"email_configs",    "pagerduty_configs", "slack_configs",     "opsgenie_configs",
                                    "wechat_configs",   "pushover_configs",  "victorops_configs", "sns_configs",
                                    "telegram_configs", "webex_configs",     "discord_configs",   "msteams_configs"};

void read_basic_auth(Fields& fields, WebhookTarget& target, Faults& faults) {
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

void read_authorization(Fields& fields, WebhookTarget& target, Faults& faults) {
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

void read_http(const Node& node, WebhookTarget& target, Faults& faults) {
    Fields fields(node, "http_config", faults);
    read_basic_auth(fields, target, faults);
    read_authorization(fields, target, faults);
    if (const auto* tls = fields.take("tls_config")) {
        Fields one(*tls, "tls_config", faults);
        target.ca_file = one.text("ca_file");
        for (const auto* key : {"cert_file", "key_file", "server_name", "insecure_skip_verify", "min_version"}) {
            if (const auto* at = one.take(key); at != nullptr && at->scalar != "false") {
                faults.add(*at, fmt::format("tls_config: {} is not supported", key), ErrorCode::unsupported);
            }
        }
        one.finish();
    }
    if (const auto* at = fields.take("follow_redirects"); at != nullptr && at->scalar != "false") {
        faults.add(*at, "follow_redirects: redirects are never followed: leave it out or set it to false",
                   ErrorCode::unsupported);
    }
    for (const auto* key : {"proxy_url", "oauth2", "proxy_connect_header"}) {
        if (const auto* at = fields.take(key)) {
            faults.add(*at, fmt::format("http_config: {} is not supported", key), ErrorCode::unsupported);
        }
    }
    read_flag(fields, "enable_http2", true, faults);  // libcurl and the server agree on a version
    fields.finish();
}

WebhookTarget read_webhook(const Node& node, const Node* http, const std::string& file, Faults& faults) {
    Fields fields(node, "a webhook", faults);
    WebhookTarget target;
    target.place = fmt::format("{}:{}: webhook_configs", file, node.line);
    const auto* url = fields.scalar("url");
    target.url = url == nullptr ? "" : url->scalar;
    target.url_file = fields.text("url_file");
    if (target.url.empty() == target.url_file.empty()) {
        faults.add(node, "webhook_configs: give either url or url_file");
    } else if (url != nullptr && !target.url.starts_with("http://") && !target.url.starts_with("https://")) {
        faults.add(*url, "url: must begin with https:// or http://");
    }
    target.is_resolved_sent = read_flag(fields, "send_resolved", true, faults);
    const auto most = fields.whole_number("max_alerts");
    if (most < 0) {
        faults.add(*fields.take("max_alerts"), "max_alerts: must not be negative");
    }
    target.alerts_max = static_cast<size_t>(std::max<int64_t>(most, 0));
    const auto* own = fields.take("http_config");
    if (const auto* used = own != nullptr ? own : http) {
        read_http(*used, target, faults);
    }
    fields.finish();
    return target;
}

}  // namespace

FileReceiver read_receiver(const Node& node, const Node* http, const std::string& file, Faults& faults) {
    Fields fields(node, "a receiver", faults);
    FileReceiver receiver;
    receiver.line = node.line;
    receiver.name = fields.text("name");
    if (receiver.name.empty()) {
        faults.add(node, "a receiver needs a name");
    }
    for (const auto& webhook : fields.list("webhook_configs")) {
        receiver.webhooks.push_back(read_webhook(webhook, http, file, faults));
    }
    for (const auto* key : other_channels) {
        if (const auto& channels = fields.list(key); !channels.empty()) {
            faults.add(
                channels.front(),
                fmt::format("receiver '{}': {} is not supported; only webhook_configs are sent", receiver.name, key),
                ErrorCode::unsupported);
        }
    }
    fields.finish();
    return receiver;
}

}  // namespace vigie::controller::routing
