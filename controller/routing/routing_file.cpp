// The whole of the file, and what its parts must know of each other.
#include "controller/routing/routing_file.hpp"

#include <algorithm>

#include "controller/routing/default_templates.hpp"
#include "controller/routing/routing_parts.hpp"
#include "shared/core/nearest.hpp"

namespace vigie::controller::routing {
namespace {

using config::Node;
using rules::Faults;
using rules::Fields;

// Settings of channels: those of channels that receivers do not have here mean nothing, and are no fault.
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
        const auto context = read_global(fields);
        for (const auto* key : {"time_intervals", "mute_time_intervals"}) {
            for (const auto& node : fields.list(key)) {
                add_interval(node, routing);
            }
        }
        for (const auto& node : fields.list("inhibit_rules")) {
            routing.inhibit_rules.push_back(read_inhibit_rule(node, faults_));
        }
        for (const auto& node : fields.list("receivers")) {
            add_receiver(node, context, routing);
        }
        for (const auto& node : fields.list("templates")) {
            if (node.kind != Node::Kind::scalar) {
                faults_.add(node, "templates: must be a list of paths");
            }
            routing.template_files.push_back(node.scalar);
        }
        routing.definitions = default_definitions();
        if (const auto* node = fields.take("route")) {
            routing.root = read_route(*node, RouteOptions{}, faults_);
            finish_route(*routing.root, nullptr, routing);
        } else {
            faults_.add(document, "key 'route' is missing");
        }
        fields.finish();
    }

    FileContext read_global(Fields& document) {
        FileContext context{.text = text_, .file = file_};
        const auto* node = document.take("global");
        if (node == nullptr) {
            return context;
        }
        context.global = node;
        Fields fields(*node, "global", faults_);
        for (const auto* key : global_keys) {
            fields.take(key);
        }
        fields.duration("resolve_timeout");  // of alerts that come without an end; here none does
        context.http = fields.take("http_config");
        fields.finish();
        return context;
    }

    void add_interval(const Node& node, Routing& routing) {
        std::string name;
        auto parts = read_time_interval(node, name, faults_);
        if (!name.empty() && !routing.intervals.emplace(name, std::move(parts)).second) {
            faults_.add(node, fmt::format("time interval '{}' stands twice", name));
        }
    }

    void add_receiver(const Node& node, const FileContext& context, Routing& routing) {
        auto receiver = read_receiver(node, context, faults_);
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
            Words known;
            for (const auto& one : routing.receivers) {
                known.insert(one.name);
            }
            known.erase("");
            faults_.add(route.receiver_line, route.receiver_column,
                        fmt::format("route: there is no receiver '{}'{}", receiver, did_you_mean(receiver, known)));
        }
        for (const auto* names : {&route.mute_intervals, &route.active_intervals}) {
            for (const auto& name : *names) {
                if (!routing.intervals.contains(name)) {
                    Words known;
                    for (const auto& [one, times] : routing.intervals) {
                        known.insert(one);
                    }
                    faults_.add(
                        route.line, 0,
                        fmt::format("route: there is no time interval '{}'{}", name, did_you_mean(name, known)));
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

bool is_complete(const Templates& templates, const rules::templates::Definitions& definitions, std::string& missing) {
    for (const auto& [key, text] : templates) {
        if (const auto name = text.missing_in(definitions)) {
            missing = fmt::format("{}: there is no template '{}'", key, *name);
            return false;
        }
    }
    return true;
}

// Where the byte of the text stands: "file:line:column".
std::string place_of(std::string_view text, const std::string& file, size_t offset) {
    const auto before = text.substr(0, offset);
    const auto line_start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
    return fmt::format("{}:{}:{}", file, 1 + std::count(before.begin(), before.end(), '\n'),
                       before.size() - line_start + 1);
}

}  // namespace

bool Routing::has_channels() const {
    return std::any_of(receivers.begin(), receivers.end(), [](const auto& one) { return !one.channels.empty(); });
}

Result<void> add_definitions(Routing& routing, std::string_view text, const std::string& file) {
    const auto read =
        rules::templates::parse_block(text, rules::templates::Dialect::alertmanager, &routing.definitions);
    if (!read) {
        return fail(Error{read.error().code, read.error().message}.at(place_of(text, file, read.error().offset)));
    }
    return {};
}

Result<void> check_includes(const Routing& routing) {
    for (const auto& receiver : routing.receivers) {
        for (const auto& channel : receiver.channels) {
            std::string missing;
            bool is_good = is_complete(channel.templates, routing.definitions, missing);
            for (const auto& [name, some] : channel.maps) {
                is_good = is_good && is_complete(some, routing.definitions, missing);
            }
            for (const auto& [name, rows] : channel.rows) {
                for (const auto& row : rows) {
                    is_good = is_good && is_complete(row, routing.definitions, missing);
                }
            }
            if (!is_good) {
                return fail(ErrorCode::not_found, "{}: {}", channel.place, missing);
            }
        }
    }
    return {};
}

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
