// The whole of the file, and what its parts must know of each other.
#include "controller/routing/routing_file.hpp"

#include <algorithm>

#include "controller/routing/routing_parts.hpp"

namespace vigie::controller::routing {
namespace {

using config::Node;
using rules::Faults;
using rules::Fields;

// Of channels that receivers do not have here: they mean nothing, and are no fault.
constexpr std::array global_keys{"smtp_from",          "smtp_hello",         "smtp_smarthost",
                                 "smtp_auth_username", "smtp_auth_password", "smtp_auth_password_file",
                                 "smtp_auth_secret",   "smtp_auth_identity", "smtp_require_tls",
                                 "slack_api_url",      "slack_api_url_file", "pagerduty_url",
                                 "opsgenie_api_url",   "opsgenie_api_key",   "opsgenie_api_key_file",
                                 "wechat_api_url",     "wechat_api_secret",  "wechat_api_corp_id",
                                 "victorops_api_url",  "victorops_api_key",  "victorops_api_key_file",
                                 "telegram_api_url",   "webex_api_url"};

class RoutingFileReader {
  public:
    RoutingFileReader(std::string_view text, const std::string& file) : text_(text), file_(file), faults_(file) {}

    RoutingFile read() {
        RoutingFile out;
        if (const auto document = rules::read_yaml(text_, file_, faults_)) {
            read_document(*document, out.routing);
        }
        out.faults = faults_.take();
        return out;
    }

  private:
    void read_document(const Node& document, Routing& routing) {
        Fields fields(document, "alertmanager.yml", faults_);
        const auto* http = read_global(fields);
        for (const auto* key : {"time_intervals", "mute_time_intervals"}) {
            for (const auto& node : fields.list(key)) {
                add_interval(node, routing);
            }
        }
        for (const auto& node : fields.list("inhibit_rules")) {
            routing.inhibit_rules.push_back(read_inhibit_rule(node, faults_));
        }
        for (const auto& node : fields.list("receivers")) {
            add_receiver(node, http, routing);
        }
        for (const auto& node : fields.list("templates")) {  // webhooks have none: nothing reads them
            if (node.kind != Node::Kind::scalar) {
                faults_.add(node, "templates: must be a list of paths");
            }
        }
        if (const auto* node = fields.take("route")) {
            routing.root = read_route(*node, RouteOptions{}, faults_);
            finish_route(*routing.root, nullptr, routing);
        } else {
            faults_.add(document, "key 'route' is missing");
        }
        fields.finish();
    }

    const Node* read_global(Fields& document) {
        const auto* node = document.take("global");
        if (node == nullptr) {
            return nullptr;
        }
        Fields fields(*node, "global", faults_);
        for (const auto* key : global_keys) {
            fields.take(key);
        }
        fields.duration("resolve_timeout");  // of alerts that come without an end; here none does
        const auto* http = fields.take("http_config");
        fields.finish();
        return http;
    }

    void add_interval(const Node& node, Routing& routing) {
        std::string name;
        auto parts = read_time_interval(node, name, faults_);
        if (!name.empty() && !routing.intervals.emplace(name, std::move(parts)).second) {
            faults_.add(node, fmt::format("time interval '{}' stands twice", name));
        }
    }

    void add_receiver(const Node& node, const Node* http, Routing& routing) {
        auto receiver = read_receiver(node, http, file_, faults_);
        const bool is_twice = std::any_of(routing.receivers.begin(), routing.receivers.end(),
                                          [&](const auto& other) { return other.name == receiver.name; });
        if (is_twice && !receiver.name.empty()) {
            faults_.add(node, fmt::format("receiver '{}' stands twice", receiver.name));
        }
        routing.receivers.push_back(std::move(receiver));
    }

    // Its key and those of the routes below, and whether what they name is there.
    void finish_route(Route& route, const Route* above, const Routing& routing) {
        route.key = (above == nullptr ? "" : above->key + "/") + text_of(route.matchers);
        const auto& receiver = route.options.receiver;
        const bool is_taken_over = above != nullptr && above->options.receiver == receiver;
        if (!receiver.empty() && !is_taken_over &&
            std::none_of(routing.receivers.begin(), routing.receivers.end(),
                         [&](const auto& one) { return one.name == receiver; })) {
            faults_.add(route.line, 0, fmt::format("route: there is no receiver '{}'", receiver));
        }
        for (const auto* names : {&route.mute_intervals, &route.active_intervals}) {
            for (const auto& name : *names) {
                if (!routing.intervals.contains(name)) {
                    faults_.add(route.line, 0, fmt::format("route: there is no time interval '{}'", name));
                }
            }
        }
        for (auto& child : route.routes) {
            finish_route(child, &route, routing);
        }
    }

    std::string_view text_;
    std::string file_;
    Faults faults_;
};

}  // namespace

RoutingFile read_routing_file(std::string_view text, const std::string& file) {
    return RoutingFileReader(text, file).read();
}

Result<Routing> parse_routing_file(std::string_view text, const std::string& file) {
    auto read = read_routing_file(text, file);
    if (!read.faults.empty()) {
        return fail(read.faults.front().error());
    }
    return std::move(read.routing);
}

}  // namespace vigie::controller::routing
