#include <algorithm>
#include <array>
#include <charconv>

#include "controller/routing/routing_parts.hpp"

namespace vigie::controller::routing {
namespace {

using config::Node;
using rules::Faults;

// The place of a key of the entry, or the entry's when the value comes from elsewhere.
const Node& place_of(const Node& node, std::string_view key) {
    const auto* found = node.find(key);
    return found == nullptr ? node : *found;
}

bool is_url(std::string_view text) {
    return text.starts_with("https://") || text.starts_with("http://");
}

bool is_port(std::string_view text) {
    uint16_t port = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), port);
    return read.ec == std::errc{} && read.ptr == text.data() + text.size() && port > 0;
}

bool is_host(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("-._:[]").find(c) != std::string_view::npos;
    });
}

// A name such as 127.example.org is any machine's.
bool is_loopback(std::string_view host) {
    return host == "localhost" || host == "[::1]" ||
           (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos);
}

std::string lower(std::string text) {
    for (auto& c : text) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return text;
}

// Fields that say what the mail is, or that tell of whom only some should know.
constexpr std::array own_fields{"date",         "message-id",   "references",     "in-reply-to",
                                "mime-version", "content-type", "auto-submitted", "content-transfer-encoding",
                                "bcc"};

void check_headers(const ChannelConfig& channel, const Node& node, Faults& faults) {
    const auto headers = channel.maps.find("headers");
    if (headers == channel.maps.end()) {
        return;
    }
    for (const auto& [name, text] : headers->second) {
        const auto low = lower(name);
        const bool is_name = !name.empty() && std::all_of(name.begin(), name.end(),
                                                          [](char c) { return c > ' ' && c <= '~' && c != ':'; });
        if (!is_name || name.size() > 60) {
            faults.add(place_of(node, "headers"),
                       "headers: a name must be visible ASCII without ':', such as Reply-To");
        } else if (std::find(own_fields.begin(), own_fields.end(), low) != own_fields.end()) {
            faults.add(place_of(node, "headers"), fmt::format("headers: {} cannot be set", name));
        }
    }
}

// A user that is set to '' takes back what global says, with its password.
void check_password(const ChannelConfig& channel, const Node& node, Faults& faults) {
    const bool has_password = channel.texts.contains("auth_password") || channel.secret_files.contains("auth_password");
    if (!channel.text("auth_username").empty() && !has_password) {
        faults.add(place_of(node, "auth_username"), "auth_username: needs auth_password or auth_password_file");
    }
    for (const auto* key : {"auth_password", "auth_password_file"}) {
        if (const auto* own = node.find(key); own != nullptr && channel.text("auth_username").empty()) {
            faults.add(*own, fmt::format("{}: needs auth_username", key));
        }
    }
}

void check_mail(const ChannelConfig& channel, const Node& node, Faults& faults) {
    const auto& smarthost = channel.text("smarthost");
    const auto colon = smarthost.rfind(':');
    const auto host = smarthost.substr(0, colon);
    if (colon == std::string::npos || !is_host(host) || !is_port(std::string_view(smarthost).substr(colon + 1))) {
        return faults.add(place_of(node, "smarthost"), "smarthost: must be host:port, such as mail.example.org:587");
    }
    check_headers(channel, node, faults);
    if (!is_host(channel.text("hello"))) {
        faults.add(place_of(node, "hello"), "hello: must be a host's name");
    }
    const bool is_encrypted = channel.is_set("require_tls") || smarthost.ends_with(":465");
    if (!channel.text("auth_username").empty() && !is_encrypted && !is_loopback(host)) {
        faults.add(place_of(node, "require_tls"),
                   "require_tls: must be true where a password is sent, unless the smarthost is this machine");
    }
    check_password(channel, node, faults);
}

void check_telegram(const ChannelConfig& channel, const Node& node, Faults& faults) {
    constexpr std::array modes{"", "HTML", "Markdown", "MarkdownV2"};
    if (std::find(modes.begin(), modes.end(), channel.text("parse_mode")) == modes.end()) {
        faults.add(place_of(node, "parse_mode"), "parse_mode: must be HTML, MarkdownV2, Markdown or empty");
    }
}

void check_matrix(const ChannelConfig& channel, const Node& node, Faults& faults) {
    const auto& room = channel.text("room_id");
    if (!room.starts_with('!')) {
        faults.add(place_of(node, "room_id"), "room_id: must be a room's id, which begins with '!' (no alias)");
    }
    if (channel.text("msgtype") != "m.text" && channel.text("msgtype") != "m.notice") {
        faults.add(place_of(node, "msgtype"), "msgtype: must be m.text or m.notice");
    }
}

bool is_there(const Templates& row, const std::string& key) {
    const auto found = row.find(key);
    return found != row.end() && !found->second.text().empty();
}

// As Alertmanager has them; Opsgenie itself refuses the alert of one that is wrong.
void check_opsgenie(const ChannelConfig& channel, const Node& node, Faults& faults) {
    constexpr std::array types{"team", "teams", "user", "escalation", "schedule"};
    const auto found = channel.rows.find("responders");
    for (size_t i = 0; found != channel.rows.end() && i < found->second.size(); ++i) {
        const auto& row = found->second[i];
        const auto& place = place_of(node, "responders").items.at(i);
        const auto type = is_there(row, "type") ? lower(row.at("type").text()) : std::string();
        const bool is_templated = type.find("{{") != std::string::npos;
        if (!is_templated && std::find(types.begin(), types.end(), type) == types.end()) {
            faults.add(place, "responders: type: must be team, teams, user, escalation or schedule");
        } else if (!is_there(row, "id") && !is_there(row, "name") && !is_there(row, "username")) {
            faults.add(place, "responders: needs an id, a name or a username");
        } else if (type == "teams" && !is_there(row, "name")) {
            faults.add(place, "responders: teams: needs a name, such as 'a, b'");
        }
    }
}

}  // namespace

void check_channel(const ChannelConfig& channel, const Node& node, Faults& faults) {
    for (const auto* key : {"url", "api_url", "webhook_url", "homeserver_url"}) {
        if (!channel.text(key).empty() && !is_url(channel.text(key))) {
            faults.add(place_of(node, key), fmt::format("{}: must begin with https:// or http://", key));
        }
    }
    if (channel.kind == "email") {
        check_mail(channel, node, faults);
    } else if (channel.kind == "telegram") {
        check_telegram(channel, node, faults);
    } else if (channel.kind == "opsgenie") {
        check_opsgenie(channel, node, faults);
    } else if (channel.kind == "matrix") {
        check_matrix(channel, node, faults);
    }
}

}  // namespace vigie::controller::routing
