// health.
#include "controller/app/answers_health.hpp"

#include "controller/app/health.hpp"

namespace vigie::controller {
namespace {

// How long a value counts as current: Prometheus's staleness.
constexpr milliseconds current_for{5min};
// Each is read with all its newest samples, on the main loop.
constexpr size_t hosts_max = 50;

Json row_json(const Host& host, const HealthRow& row) {
    return {{"host", host.id.value},
            {"category", row.category},
            {"name", row.name},
            {"kind", row.kind},
            {"state", row.state},
            {"is_hard", row.is_hard},
            {"is_critical", is_critical(row)},
            {"since", unix_ms(row.since) == 0 ? Json(nullptr) : Json(to_rfc3339(row.since))},
            {"output", row.output}};
}

// What a host that does not speak is like nobody knows, whatever it said last.
Json silent_json(const Host& host) {
    return {{"host", host.id.value},
            {"category", "host"},
            {"name", host.id.value},
            {"kind", "heartbeat"},
            {"state", "unknown"},
            {"is_hard", true},
            {"is_critical", false},
            {"since", time_or_null(host.last_heard_at)},
            {"output", fmt::format("the host is {}: what follows is what it said before", shown_state(host))}};
}

Result<void> add_rows(const Sources& s, const Host& host, Json& rows) {
    if (host.state != HostState::up) {
        rows.push_back(silent_json(host));
    }
    const auto snapshot = s.store.snapshot();
    VIGIE_TRY(const auto newest, latest(*snapshot, host.id, "", s.clock.wall(), current_for));
    VIGIE_TRY(const auto texts, check_texts(*snapshot, host.id));
    for (const auto& row : health_of(newest, texts)) {
        rows.push_back(row_json(host, row));
    }
    return {};
}

Result<Json> answer_health(const Sources& s, const Request& request) {
    VIGIE_TRY(const auto wanted, request.text("host"));
    const auto& fleet = s.watch.fleet();
    Json rows = Json::array();
    if (request.arguments.contains("host")) {
        const auto* const host = fleet.find(AgentId{wanted});
        if (host == nullptr || host->state == HostState::left) {
            return fail(unknown_host(fleet, wanted));
        }
        VIGIE_TRY(const bool is_chosen, is_selected(request, *host));
        if (is_chosen) {
            VIGIE_CHECK(add_rows(s, *host, rows));
        }
        return rows;
    }
    std::vector<const Host*> chosen;
    for (const auto* host : fleet.hosts()) {
        VIGIE_TRY(const bool is_chosen, is_selected(request, *host));
        if (is_chosen && host->state != HostState::left) {
            chosen.push_back(host);
        }
    }
    if (chosen.size() > hosts_max) {
        return fail(ErrorCode::too_large,
                    "{} hosts are more than the {} that can be shown at once: name one, or select "
                    "some with -l",
                    chosen.size(), hosts_max);
    }
    for (const auto* host : chosen) {
        VIGIE_CHECK(add_rows(s, *host, rows));
    }
    return rows;
}

}  // namespace

void add_health_answers(Desk& desk, const Sources& sources) {
    desk.answer("health", Role::viewer, {"host", "labels"},
                [&sources](const Request& r) { return answer_health(sources, r); });
}

}  // namespace vigie::controller
