// vigie query: an expression, and when.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "controller/cli/commands.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller {
namespace {

// RFC 3339, or seconds since 1970 as Prometheus's API takes them.
Result<int64_t> unix_ms_of(const std::string& text) {
    const bool is_number =
        std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
    if (is_number && !text.empty()) {
        double seconds = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
        if (read.ec == std::errc{} && read.ptr == text.data() + text.size() && seconds < 9e12) {
            return std::llround(seconds * 1000);
        }
    }
    VIGIE_TRY(const auto at, parse_rfc3339(text).map_error([&text](const Error& error) {
        return Error{error.code,
                     fmt::format("'{}' is no time: write 2026-11-25T01:02:03Z or seconds since 1970", text)};
    }));
    return unix_ms(at);
}

template <typename Read>
CLI::Validator readable_by(Read read) {
    return {[read](const std::string& text) {
                const auto value = read(text);
                return value ? std::string() : value.error().message;
            },
            ""};
}

}  // namespace

void add_query_command(CLI::App& app, Options& o, const Choose& choose) {
    auto* query = add_verb(app, "query", "Ask for stored samples in PromQL", [=, &o] {
        Json arguments{{"expr", o.expr}};
        if (!o.at.empty()) {
            arguments["at_unix_ms"] = *unix_ms_of(o.at);
        }
        if (!o.step.empty()) {
            arguments["step_ms"] = parse_duration(o.step)->count();
        }
        if (!o.timeout.empty()) {
            arguments["timeout_ms"] = parse_duration(o.timeout)->count();
        }
        if (o.is_plot && o.since.empty()) {
            arguments["since_ms"] = plot_since_default.count();
        }
        choose("query", std::move(arguments), true);
    });
    add_required(query, "EXPR", o.expr, "An expression, such as 'rate(node_cpu_seconds_total[5m])'");
    query->add_option("--at", o.at, "When, or the end of --since: 2026-11-25T01:02:03Z or seconds since 1970 (now)")
        ->check(readable_by(unix_ms_of));
    query->add_option("--step", o.step, "Of --since: the time between two points (a 240th of it)")
        ->check(readable_by(parse_duration));
    query->add_option("--timeout", o.timeout, "How long it may take: 20s unless given, 25s at most")
        ->check(readable_by(parse_duration));
    query->add_flag("--plot", o.is_plot, "Draw it; of the last hour unless --since is given");
}

}  // namespace vigie::controller
