// hosts, metrics.
#include "controller/app/answers.hpp"
#include "controller/ingest/cursor_rows.hpp"
#include "controller/link/host_keys.hpp"
#include "controller/series/select.hpp"

namespace vigie::controller {
namespace {

// How long a value counts as current: Prometheus's staleness.
constexpr milliseconds current_for{5min};

Result<uint64_t> metrics_applied(const StateStore& store, const AgentId& agent) {
    uint64_t total = 0;
    VIGIE_TRY(const auto cursors, durable_cursors(store, agent));
    for (const auto& cursor : cursors) {
        total += cursor.stream == protocol::Stream::metrics ? cursor.last_applied : 0;
    }
    return total;
}

// `agents` as list_agents gives them: in the order of their names.
Result<Json> host_row_of(const Sources& s, const Host& host, const std::vector<AgentRecord>& agents) {
    VIGIE_TRY(const auto applied, metrics_applied(s.store, host.id));
    const auto agent = std::lower_bound(agents.begin(), agents.end(), host.id,
                                        [](const auto& a, const auto& id) { return a.agent < id; });
    Json row{{"host", host.id.value},
             {"state", shown_state(host)},
             {"is_connected", host.is_connected},
             {"last_heard_at", time_or_null(host.last_heard_at)},
             {"labels", host.labels},
             {"agent_version", host.agent_version},
             {"boot_id", host.boot_id},
             {"clock_skew_ms", host.clock_ahead.count()},
             {"is_clock_off", host.is_clock_off},
             {"jobs", host.jobs},
             {"metrics_applied", applied}};
    if (agent != agents.end() && agent->agent == host.id) {
        row["public_key"] = agent->public_key;
        row["enrolled_at"] = to_rfc3339(agent->enrolled_at);
        row["revoked_at"] = time_or_null(agent->revoked_at);
    }
    return row;
}

Result<Json> list_hosts(const Sources& s, const Request& request) {
    VIGIE_TRY(const auto agents, list_agents(s.store));
    Json rows = Json::array();
    for (const auto* host : s.watch.fleet().hosts()) {
        VIGIE_TRY(const bool wanted, is_selected(request, *host));
        if (wanted && host->state != HostState::left) {
            VIGIE_TRY(auto row, host_row_of(s, *host, agents));
            rows.push_back(std::move(row));
        }
    }
    return rows;
}

Result<const Host*> find_host(const Sources& s, const Request& request) {
    VIGIE_TRY(const auto name, request.required_text("host"));
    const auto* host = s.watch.fleet().find(AgentId{name});
    if (host == nullptr) {
        return fail(unknown_host(s.watch.fleet(), name));
    }
    return host;
}

constexpr size_t events_shown_max = 20;

Result<Json> show_host(const Sources& s, const Request& request) {
    VIGIE_TRY(const auto* host, find_host(s, request));
    VIGIE_TRY(const auto agents, list_agents(s.store));
    VIGIE_TRY(auto row, host_row_of(s, *host, agents));
    // Counted only here: it reads each of them.
    VIGIE_TRY(row["series"], count_series(s.store, host->id));
    VIGIE_TRY(const auto events, newest_events(s.store, WallTime{}, s.clock.wall() + 1h, events_shown_max, &host->id));
    row["events"] = Json::array();
    for (const auto& event : events) {
        row["events"].push_back(
            {{"at", to_rfc3339(event.recorded_at)}, {"kind", event.kind}, {"message", event.message}});
    }
    return row;
}

Json labels_without_name(const LabelSet& labels) {
    Json shown = labels;
    shown.erase("__name__");
    return shown;
}

Result<Json> list_metrics(const Sources& s, const Request& request) {
    VIGIE_TRY(const auto* host, find_host(s, request));
    VIGIE_TRY(const auto newest, latest(s.store, host->id, "", s.clock.wall(), current_for));
    Json rows = Json::array();
    for (const auto& series : newest) {
        auto labels = labels_without_name(series.labels);
        labels.erase("instance");
        if (labels.value("job", "") == "node") {
            labels.erase("job");
        }
        rows.push_back({{"name", series.labels.at("__name__")},
                        {"labels", std::move(labels)},
                        {"value", number_or_null(series.points.back().value)},
                        {"at", to_rfc3339(series.points.back().at)}});
    }
    return rows;
}

// About 100 MB as JSON; 40 days of one series each 7 s.
constexpr size_t points_shown_max = 500'000;

// "name" or "name{label=\"value\"}" on one host.
Result<std::vector<query::Matcher>> matchers_of(const std::string& text, const AgentId& host) {
    VIGIE_TRY(const auto wanted, parse_series(text));
    std::vector<query::Matcher> matchers;
    for (const auto& [label, value] : wanted) {
        VIGIE_TRY(auto matcher, query::Matcher::make(label, query::Matcher::Kind::equal, value));
        matchers.push_back(std::move(matcher));
    }
    VIGIE_TRY(auto instance, query::Matcher::make("instance", query::Matcher::Kind::equal, host.value));
    matchers.push_back(std::move(instance));
    return matchers;
}

Result<Json> show_metric(const Sources& s, const Request& request) {
    VIGIE_TRY(const auto* host, find_host(s, request));
    VIGIE_TRY(const auto name, request.required_text("name"));
    VIGIE_TRY(const auto matchers, matchers_of(name, host->id));
    const auto to = s.clock.wall() + 1ms;
    VIGIE_TRY(const auto from, since_of(request, 1h, to));
    VIGIE_TRY(const auto found, select(s.store, matchers, from, to, {.points_max = points_shown_max}));
    if (found.empty()) {
        return fail(ErrorCode::not_found, "{} has no samples of '{}' since {}: vigie metrics {} lists what there is",
                    host->id.value, name, to_rfc3339(from), host->id.value);
    }
    Json list = Json::array();
    for (const auto& series : found) {
        Json points = Json::array();
        for (const auto& point : series.points) {
            points.push_back(Json::array({unix_ms(point.at), number_or_null(point.value)}));
        }
        list.push_back({{"labels", labels_without_name(series.labels)}, {"points", std::move(points)}});
    }
    return Json{{"name", name}, {"from_unix_ms", unix_ms(from)}, {"to_unix_ms", unix_ms(to)}, {"series", list}};
}

}  // namespace

void add_host_answers(Desk& desk, const Sources& sources) {
    desk.answer("hosts.list", Role::viewer, {"labels"},
                [&sources](const Request& r) { return list_hosts(sources, r); });
    desk.answer("hosts.show", Role::viewer, {"host"}, [&sources](const Request& r) { return show_host(sources, r); });
    desk.answer("metrics.list", Role::viewer, {"host"},
                [&sources](const Request& r) { return list_metrics(sources, r); });
    desk.answer("metrics.show", Role::viewer, {"host", "name", "since_ms"},
                [&sources](const Request& r) { return show_metric(sources, r); });
}

}  // namespace vigie::controller
