// YAML to AppsOptions.
#include "agent/config/apps_config.hpp"

#include <algorithm>
#include <charconv>

#include "agent/config/scrape_config.hpp"
#include "agent/series/sample_line.hpp"
#include "shared/os/socket_address.hpp"

namespace vigie::agent {
namespace {

using config::MappingReader;
using config::Node;

// More would not fit into one reading at a hundred bytes each.
constexpr int64_t series_max_max = 10'000;
constexpr milliseconds ttl_min{1s};
constexpr size_t quantiles_max = 20;
constexpr std::string_view default_listen = "udp://127.0.0.1:8125";
constexpr std::string_view off = "off";

void read_series_max(MappingReader& reader, size_t& series_max) {
    auto wanted = static_cast<int64_t>(series_max);
    reader.optional("series_max", wanted);
    if (const auto* node = reader.take("series_max", false);
        node != nullptr && (wanted < 1 || wanted > series_max_max)) {
        reader.refuse(*node, "series_max", fmt::format("must be from 1 to {}", series_max_max));
    }
    series_max = static_cast<size_t>(wanted);
}

void read_ttl(MappingReader& reader, milliseconds& ttl) {
    reader.optional("ttl", ttl);
    if (const auto* node = reader.take("ttl", false); node != nullptr && ttl < ttl_min) {
        reader.refuse(*node, "ttl", "must be at least 1s");
    }
}

// A path from the root and its mode in octal digits.
void read_socket(MappingReader& reader, std::string& socket, unsigned& mode) {
    reader.optional("socket", socket);
    if (const auto* node = reader.take("socket", false)) {
        const auto address = unix_address(socket);
        if (!socket.starts_with('/')) {
            reader.refuse(*node, "socket", "must be a path from the root, such as /run/vigie-agent/statsd.sock");
        } else if (!address) {
            reader.refuse(*node, "socket", address.error().message);
        }
    }
    std::string digits;
    reader.optional("mode", digits);
    if (const auto* node = reader.take("mode", false)) {
        const auto* end = digits.data() + digits.size();
        const auto [stop, error] = std::from_chars(digits.data(), end, mode, 8);
        if (digits.empty() || error != std::errc{} || stop != end || mode > 0777) {
            reader.refuse(*node, "mode", "must be the socket's mode in octal digits, such as 0660");
        }
    }
}

void read_quantiles(MappingReader& reader, std::vector<double>& quantiles) {
    std::vector<std::string> texts;
    reader.optional("quantiles", texts);
    const auto* node = reader.take("quantiles", false);
    if (node == nullptr) {
        return;
    }
    quantiles.clear();
    for (const auto& text : texts) {
        const auto quantile = parse_sample_value(text);
        const bool is_good = quantile && *quantile >= 0 && *quantile <= 1 && quantiles.size() < quantiles_max &&
                             std::find(quantiles.begin(), quantiles.end(), *quantile) == quantiles.end();
        if (!is_good) {
            return reader.refuse(*node, "quantiles",
                                 fmt::format("must be at most {} different numbers from 0 to 1", quantiles_max));
        }
        quantiles.push_back(*quantile);
    }
}

Result<void> read_statsd(const Node& node, const std::string& file, AppsOptions& options) {
    auto statsd = options.statsd.value_or(StatsdOptions{});
    MappingReader reader(node, file, "statsd");
    reader.optional("listen", statsd.sockets.listen);
    if (const auto* listen = reader.take("listen", false); listen != nullptr) {
        const bool is_off = statsd.sockets.listen == off;
        if (const auto checked = check_statsd_listen(statsd.sockets.listen); !is_off && !checked) {
            reader.refuse(*listen, "listen", checked.error().message);
        }
    }
    read_socket(reader, statsd.sockets.socket, statsd.sockets.socket_mode);
    read_series_max(reader, statsd.limits.series_max);
    read_ttl(reader, statsd.limits.ttl);
    read_quantiles(reader, statsd.limits.quantiles);
    VIGIE_CHECK(reader.finish());
    options.statsd = std::move(statsd);
    return {};
}

// Only once all files were read: a later one may name the socket.
Result<void> finish_statsd(const std::string& path, std::optional<StatsdOptions>& statsd) {
    if (!statsd) {
        return {};
    }
    auto& [listen, socket, mode] = statsd->sockets;
    if (listen == off && socket.empty()) {
        return fail(ErrorCode::malformed,
                    "{}: statsd: nothing is left to receive on: name a socket, or take the whole section out", path);
    }
    if (listen.empty() && socket.empty()) {
        listen = default_listen;
    } else if (listen == off) {
        listen.clear();
    }
    return {};
}

Result<void> read_push(const Node& node, const std::string& file, AppsOptions& options) {
    auto push = options.push.value_or(PushOptions{});
    MappingReader reader(node, file, "push");
    read_socket(reader, push.socket, push.socket_mode);
    read_series_max(reader, push.limits.series_max);
    read_ttl(reader, push.limits.ttl);
    VIGIE_CHECK(reader.finish());
    if (push.socket.empty()) {
        return fail(ErrorCode::malformed, "{}:{}: push: needs a socket, such as /run/vigie-agent/push.sock", file,
                    node.line);
    }
    options.push = std::move(push);
    return {};
}

Result<void> read_applications(const Node& node, const std::string& file, AppsOptions& options) {
    MappingReader reader(node, file, "applications");
    read_series_max(reader, options.series_max);
    return reader.finish();
}

}  // namespace

AppsNodes take_apps(MappingReader& reader) {
    return {.statsd = reader.take("statsd", false),
            .push = reader.take("push", false),
            .scrape = reader.take("scrape", false),
            .applications = reader.take("applications", false)};
}

Result<void> read_apps(const AppsNodes& nodes, const std::string& file, AppsOptions& options) {
    if (nodes.statsd != nullptr) {
        VIGIE_CHECK(read_statsd(*nodes.statsd, file, options));
    }
    if (nodes.push != nullptr) {
        VIGIE_CHECK(read_push(*nodes.push, file, options));
    }
    if (nodes.scrape != nullptr) {
        VIGIE_CHECK(read_scrape(*nodes.scrape, file, options.scrape));
    }
    if (nodes.applications != nullptr) {
        VIGIE_CHECK(read_applications(*nodes.applications, file, options));
    }
    return {};
}

Result<void> finish_apps(milliseconds interval, const std::string& path, AppsOptions& options) {
    VIGIE_CHECK(finish_statsd(path, options.statsd));
    return finish_scrape(interval, path, options.scrape);
}

}  // namespace vigie::agent
