// Which channels receivers can have, and the keys of each: Alertmanager's
// (https://prometheus.io/docs/alerting/latest/configuration/), and three of our own that Alertmanager refuses.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vigie::controller::routing {

enum class KeyKind {
    text,
    templated,
    secret,   // KEY or KEY_file
    flag,     // true or false
    number,   // whole
    list,     // of texts
    map,      // of names to templates
    rows,     // of mappings to templates; `fallback`: their keys
    tls,      // tls_config
    http,     // http_config
    refused,  // known and not supported
};

struct ChannelKey {
    std::string_view name;
    KeyKind kind = KeyKind::templated;
    std::string_view fallback{};
    std::string_view global{};  // the key of `global` that holds where this one is absent
    bool is_required = false;
};

struct ChannelKind {
    std::string_view name;      // "slack"
    std::string_view list_key;  // "slack_configs"
    bool is_resolved_sent;      // unless send_resolved says otherwise
    std::span<const ChannelKey> keys;
};

std::span<const ChannelKind> channel_kinds();
std::vector<std::string> secret_keys(std::string_view kind);

}  // namespace vigie::controller::routing
