// YAML to ScrapeOptions.
#include "agent/config/scrape_config.hpp"

#include <algorithm>

#include "agent/series/text.hpp"

namespace vigie::agent {
namespace {

using config::MappingReader;
using config::Node;

constexpr milliseconds interval_min{1s};
constexpr milliseconds interval_max{5min};  // as of the agent's own reading: queries find no older sample
constexpr milliseconds timeout_default{10s};
constexpr int64_t sample_limit_max = 10'000;  // what is read at once holds the loop up for some ten milliseconds
constexpr Bytes body_limit_max = 16_MiB;

void read_durations(MappingReader& reader, ScrapeOptions& target) {
    target.interval = target.timeout = 0ms;
    reader.optional("interval", target.interval);
    reader.optional("timeout", target.timeout);
    if (const auto* node = reader.take("interval", false);
        node != nullptr && (target.interval < interval_min || target.interval > interval_max)) {
        reader.refuse(*node, "interval", "must be between 1s and 5m");
    }
    if (const auto* node = reader.take("timeout", false); node != nullptr && target.timeout < 1ms) {
        reader.refuse(*node, "timeout", "must be at least 1ms");
    }
}

void read_limits(MappingReader& reader, ScrapeOptions& target) {
    auto samples = static_cast<int64_t>(target.sample_limit);
    reader.optional("sample_limit", samples);
    if (const auto* node = reader.take("sample_limit", false);
        node != nullptr && (samples < 1 || samples > sample_limit_max)) {
        reader.refuse(*node, "sample_limit", fmt::format("must be from 1 to {}", sample_limit_max));
    }
    target.sample_limit = static_cast<size_t>(samples);
    reader.optional("body_limit", target.body_limit);
    if (const auto* node = reader.take("body_limit", false);
        node != nullptr && (target.body_limit < 1_B || target.body_limit > body_limit_max)) {
        reader.refuse(*node, "body_limit", "must be from 1 byte to 16MiB");
    }
}

// The controller keeps a target's instance as exported_instance beside the host's name.
bool is_given_otherwise(std::string_view name) {
    return name == "job" || name == "instance" || name == "exported_instance";
}

void read_labels(MappingReader& reader, ScrapeOptions& target) {
    reader.optional("labels", target.labels);
    const auto* node = reader.take("labels", false);
    if (node == nullptr) {
        return;
    }
    for (const auto& [name, value] : target.labels) {
        if (!is_label_name(name) || name.starts_with("__") || is_given_otherwise(name)) {
            reader.refuse(
                *node, "labels",
                fmt::format("'{}' can't be given: letters, digits and _, not two of them in front, and neither "
                            "job nor instance, which come from job and url, nor exported_instance",
                            name));
        } else if (value.empty() || !is_utf8(value)) {
            reader.refuse(*node, "labels", fmt::format("the value of '{}' must not be empty, and must be UTF-8", name));
        }
    }
}

bool is_host_name(std::string_view name) {
    return !name.empty() && name.size() <= 253 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
               c == '_';
    });
}

// Over http a password would be readable on its way, and a certificate is not asked for.
void read_secure(MappingReader& reader, ScrapeOptions& target) {
    const bool is_secure = target.url.starts_with("https://");
    for (const auto& [key, value] :
         {std::pair("ca_file", &target.ca_file), std::pair("server_name", &target.server_name),
          std::pair("user", &target.user), std::pair("password_file", &target.password_file)}) {
        reader.optional(key, *value);
        const auto* node = reader.take(key, false);
        if (node != nullptr && !is_secure) {
            reader.refuse(*node, key, "is for targets over https");
        } else if (node != nullptr && std::string_view(key).ends_with("_file") && !value->starts_with('/')) {
            reader.refuse(*node, key, "must be a path from the root");
        }
    }
    if (const auto* node = reader.take("server_name", false); node != nullptr && !is_host_name(target.server_name)) {
        reader.refuse(*node, "server_name", "must be a name, such as shop.example.org");
    }
    if (target.user.empty() != target.password_file.empty()) {
        const char* given = target.user.empty() ? "password_file" : "user";
        if (const auto* node = reader.take(given, false)) {
            reader.refuse(*node, given, "needs user and password_file");
        }
    }
    if (const auto* node = reader.take("password_file", false); node != nullptr && !target.token_file.empty()) {
        reader.refuse(*node, "password_file", "and token_file exclude each other");
    }
}

Result<ScrapeOptions> read_target(const Node& node, const std::string& file) {
    ScrapeOptions target;
    MappingReader reader(node, file, "a target");
    reader.required("job", target.job);
    reader.required("url", target.url);
    if (const auto* at = reader.take("job", false); at != nullptr && (target.job.empty() || !is_utf8(target.job))) {
        reader.refuse(*at, "job", "must not be empty");
    }
    if (const auto* at = reader.take("url", false)) {
        if (const auto address = parse_target_url(target.url); !address) {
            reader.refuse(*at, "url", address.error().message);
        }
    }
    read_durations(reader, target);
    read_limits(reader, target);
    read_labels(reader, target);
    reader.optional("honor_labels", target.honor_labels);
    reader.optional("token_file", target.token_file);
    if (const auto* at = reader.take("token_file", false); at != nullptr && !target.token_file.starts_with('/')) {
        reader.refuse(*at, "token_file", "must be a path from the root");
    }
    read_secure(reader, target);
    VIGIE_CHECK(reader.finish());
    return target;
}

bool is_alike(const ScrapeOptions& a, const ScrapeOptions& b) {
    return a.job == b.job && parse_target_url(a.url)->instance == parse_target_url(b.url)->instance;
}

}  // namespace

Result<void> read_scrape(const Node& list, const std::string& file, std::vector<ScrapeOptions>& targets) {
    if (list.kind != Node::Kind::sequence) {
        return fail(ErrorCode::malformed, "{}:{}: scrape: must be a list of targets", file, list.line);
    }
    for (const auto& item : list.items) {
        VIGIE_TRY(auto target, read_target(item, file));
        const auto same = std::find_if(targets.begin(), targets.end(),
                                       [&](const ScrapeOptions& known) { return is_alike(known, target); });
        if (same != targets.end()) {
            return fail(ErrorCode::conflict, "{}:{}: job '{}' has this address already: give it another job", file,
                        item.line, target.job);
        }
        targets.push_back(std::move(target));
    }
    return {};
}

Result<void> finish_scrape(milliseconds agent_interval, const std::string& path, std::vector<ScrapeOptions>& targets) {
    for (auto& target : targets) {
        target.interval = target.interval == 0ms ? agent_interval : target.interval;
        target.timeout = target.timeout == 0ms ? std::min(timeout_default, target.interval) : target.timeout;
        if (target.timeout > target.interval) {
            return fail(ErrorCode::malformed, "{}: scrape of '{}': its timeout of {} is above its interval of {}", path,
                        target.job, format_duration(target.timeout), format_duration(target.interval));
        }
    }
    return {};
}

}  // namespace vigie::agent
