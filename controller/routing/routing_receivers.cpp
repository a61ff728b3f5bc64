// Receivers. Channels of other kinds are refused by name: an alert that nobody would hear of is worse than a file that
// is not taken.
#include <array>

#include "controller/routing/channel_schema.hpp"
#include "controller/routing/routing_parts.hpp"

namespace vigie::controller::routing {
namespace {

using config::Node;
using rules::Faults;
using rules::Fields;

constexpr std::array other_channels{"wechat_configs", "pushover_configs", "victorops_configs", "sns_configs",
                                    "webex_configs",  "msteams_configs",  "jira_configs",      "rocketchat_configs"};

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

FileReceiver read_receiver(const Node& node, const FileContext& context, Faults& faults) {
    Fields fields(node, "a receiver", faults);
    FileReceiver receiver;
    receiver.line = node.line;
    receiver.name = fields.text("name");
    if (receiver.name.empty()) {
        faults.add(node, "a receiver needs a name");
    }
    for (const auto& webhook : fields.list("webhook_configs")) {
        receiver.webhooks.push_back(read_webhook(webhook, context.http, context.file, faults));
    }
    for (const auto& kind : channel_kinds()) {
        for (const auto& channel : fields.list(kind.list_key)) {
            receiver.channels.push_back(read_channel(channel, kind, context, faults));
        }
    }
    for (const auto* key : other_channels) {
        if (const auto& channels = fields.list(key); !channels.empty()) {
            faults.add(channels.front(), fmt::format("receiver '{}': {} is not supported", receiver.name, key),
                       ErrorCode::unsupported);
        }
    }
    fields.finish();
    return receiver;
}

}  // namespace vigie::controller::routing
