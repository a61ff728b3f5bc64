// The data are Alertmanager's (https://prometheus.io/docs/alerting/0.25/notifications/#data).
#include "controller/notify/channels/telling.hpp"

#include <algorithm>

#include "controller/notify/channels/encodings.hpp"
#include "controller/notify/payload.hpp"
#include "controller/routing/channel_schema.hpp"
#include "controller/routing/default_templates.hpp"
#include "shared/crypto/restic_hash.hpp"

namespace vigie::controller::notify {
namespace {

using rules::Template;
using rules::templates::Dialect;
using rules::templates::Fields;
using rules::templates::List;
using rules::templates::Value;

// ntfy takes 64 characters, and a MIME boundary has 70 with what stands before it here.
constexpr size_t short_key_max = 60;

std::string_view default_of(const std::string& kind, const std::string& key) {
    for (const auto& one : routing::channel_kinds()) {
        for (const auto& known : one.keys) {
            if (one.name == kind && known.name == key && known.kind == routing::KeyKind::templated) {
                return known.fallback;
            }
        }
    }
    return "";
}

std::string hex_sha256(std::string_view bytes) {
    std::string hex;
    for (const auto byte : sha256(bytes)) {
        hex += fmt::format("{:02x}", byte);
    }
    return hex;
}

Fields alert_fields(const alerts::Notification& one, const std::string& external_url) {
    Fields fields;
    fields.all["Status"] = Value(std::string(one.is_resolved ? "resolved" : "firing"));
    fields.all["Labels"] = Value(&one.labels);
    fields.all["Annotations"] = Value(&one.annotations);
    fields.all["StartsAt"] = Value(one.starts_at);
    fields.all["EndsAt"] = Value(one.is_resolved ? one.ends_at : WallTime{});
    fields.all["GeneratorURL"] = Value(generator_url(one, external_url));
    fields.all["Fingerprint"] = Value(alerts::fingerprint(one.labels));
    return fields;
}

}  // namespace

Telling::Telling(const Receiver& receiver, const Message& message, std::string key, const ChannelWorld& world,
                 WallTime now)
    : receiver_(receiver),
      message_(message),
      key_(std::move(key)),
      world_(world),
      now_(now),
      is_firing_(notify::is_firing(message)),
      common_labels_(common(message, &alerts::Notification::labels)),
      common_annotations_(common(message, &alerts::Notification::annotations)) {
    List all;
    for (const auto& one : message.alerts) {
        all.items.emplace_back(arena_.keep(alert_fields(one, world.external_url)));
    }
    data_.all["Receiver"] = Value(message.receiver);
    data_.all["Status"] = Value(std::string(is_firing_ ? "firing" : "resolved"));
    data_.all["Alerts"] = Value(arena_.keep(std::move(all)));
    data_.all["GroupLabels"] = Value(&message.group_labels);
    data_.all["CommonLabels"] = Value(&common_labels_);
    data_.all["CommonAnnotations"] = Value(&common_annotations_);
    data_.all["ExternalURL"] = Value(world.external_url);
}

std::string Telling::group_hash() const {
    return hex_sha256(message_.group_key);
}

std::string Telling::short_key() const {
    const bool is_short =
        !key_.empty() && key_.size() <= short_key_max && std::all_of(key_.begin(), key_.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        });
    return is_short ? key_ : hex_sha256(key_).substr(0, 32);
}

std::optional<std::string> Telling::filled_in(const Template& text, const std::string& key, rules::Escape escape) {
    auto filled = text.expand(data_, world_.definitions, escape);
    if (!filled) {
        failures_.push_back(fmt::format("{}: the template of {}: {}", channel().place, key, filled.error().message));
        return std::nullopt;
    }
    return valid_utf8(*filled);
}

std::string Telling::text(const std::string& key, rules::Escape escape) {
    const auto found = channel().templates.find(key);
    if (found == channel().templates.end()) {
        return "";
    }
    if (auto filled = filled_in(found->second, key, escape)) {
        return std::move(*filled);
    }
    return shipped(default_of(channel().kind, key), key, escape);
}

// Without what the file's own templates define: they are what failed, or may be next.
std::string Telling::shipped(std::string_view text, const std::string& key, rules::Escape escape) {
    const auto parsed = Template::parse(text, Dialect::alertmanager);
    auto filled = parsed ? parsed->expand(data_, routing::default_definitions(), escape) : Result<std::string>("");
    if (!filled) {
        failures_.push_back(
            fmt::format("{}: the default text of {}: {}", channel().place, key, filled.error().message));
        return "";
    }
    return valid_utf8(*filled);
}

std::map<std::string, std::string> Telling::map(const std::string& key) {
    std::map<std::string, std::string> all;
    const auto found = channel().maps.find(key);
    if (found != channel().maps.end()) {
        for (const auto& [name, text] : found->second) {
            all[name] = filled_in(text, fmt::format("{}.{}", key, name), nullptr).value_or("");
        }
    }
    return all;
}

std::vector<std::map<std::string, std::string>> Telling::rows(const std::string& key, rules::Escape escape) {
    std::vector<std::map<std::string, std::string>> all;
    const auto found = channel().rows.find(key);
    if (found != channel().rows.end()) {
        for (const auto& row : found->second) {
            auto& into = all.emplace_back();
            for (const auto& [name, text] : row) {
                into[name] = filled_in(text, fmt::format("{}.{}", key, name), escape).value_or("");
            }
        }
    }
    return all;
}

std::string Telling::defined(const std::string& name, std::string_view data) {
    const auto text = fmt::format("{{{{ template \"{}\" {} }}}}", name, data);
    const auto parsed = Template::parse(text, Dialect::alertmanager);
    auto filled = parsed ? filled_in(*parsed, name, nullptr) : std::nullopt;
    return filled ? std::move(*filled) : shipped(text, name, nullptr);
}

}  // namespace vigie::controller::notify
