// alerts routes: show the tree, and where an alert with some labels would go now.
#include "controller/app/answers_routing.hpp"
#include "controller/app/held_now.hpp"

namespace vigie::controller {
namespace {

using routing::Route;

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const auto& name : names) {
        text += (text.empty() ? "" : ",") + name;
    }
    return text;
}

// Of the simple webhooks: they take every alert, each by itself.
Json row_of_webhook(const std::string& name) {
    return Json{{"route", "webhooks"},
                {"receiver", name},
                {"depth", 0},
                {"group_by", "..."},
                {"group_wait", "0s"},
                {"group_interval", "at once"},
                {"repeat_interval", "never"},
                {"continue", true},
                {"mute", ""},
                {"active", ""},
                {"line", nullptr}};
}

Json row_of(const Route& route, int depth) {
    const auto& options = route.options;
    return Json{{"route", routing::text_of(route.matchers)},
                {"receiver", options.receiver},
                {"depth", depth},
                {"group_by", options.is_grouped_by_all ? "..." : joined(options.group_by)},
                {"group_wait", format_duration(options.group_wait)},
                {"group_interval", format_duration(options.group_interval)},
                {"repeat_interval", format_duration(options.repeat_interval)},
                {"continue", route.is_continued},
                {"mute", joined(route.mute_intervals)},
                {"active", joined(route.active_intervals)},
                {"line", route.line}};
}

void add_rows(const Route& route, int depth, Json& rows) {
    rows.push_back(row_of(route, depth));
    for (const auto& child : route.routes) {
        add_rows(child, depth + 1, rows);
    }
}

Json show(const RoutingSources& routing) {
    auto rows = Json::array();
    for (const auto& webhook : routing.webhooks) {
        rows.push_back(row_of_webhook(webhook.name));
    }
    if (routing.routing.root) {
        add_rows(*routing.routing.root, 0, rows);
    }
    return rows;
}

bool is_in_any_of(const routing::Routing& routing, const std::vector<std::string>& names, WallTime at) {
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        return routing::is_in_any(routing.intervals.find(name)->second, at);
    });
}

// Whom a step would call now: nothing when that is somebody; else who is to be called and is not there.
std::string nobody_of(const oncall::OnCall& oncall, const oncall::Step& step,
                      std::span<const oncall::Override> overrides, WallTime at) {
    std::string empty;
    for (const auto& callee : step.callees) {
        const auto* rota = callee.kind == oncall::Callee::Kind::rota ? oncall.find_rota(callee.name) : nullptr;
        if (rota == nullptr || oncall::who(*rota, overrides, at)) {
            return "";
        }
        empty += fmt::format("{}nobody is on call in rota '{}'", empty.empty() ? "" : ", ", callee.name);
    }
    return empty;
}

// Of each step of a policy; of those that reach nobody also what follows from that.
std::vector<std::string> nobodies_of(const oncall::OnCall& oncall, const oncall::Policy& policy,
                                     std::span<const oncall::Override> overrides, WallTime at) {
    std::vector<std::string> all;
    for (const auto& step : policy.steps) {
        all.push_back(nobody_of(oncall, step, overrides, at));
    }
    bool is_any_later = false;
    for (auto one = all.rbegin(); one != all.rend(); ++one) {
        if (one->empty()) {
            is_any_later = true;
        } else {
            *one += is_any_later ? ": the next step is taken at once" : ": it waits until somebody is";
        }
    }
    return all;
}

// The steps of the escalation that such an alert would have; `group_wait` is when each is due.
Result<void> add_steps(const Sources& s, const routing::Labels& labels, const std::string& held, WallTime now,
                       Json& rows) {
    const auto& oncall = s.records.oncall();
    const auto* policy = oncall.policy_for(labels);
    if (policy == nullptr) {
        return {};
    }
    VIGIE_TRY(auto stored, oncall::list_overrides(s.store));
    const auto overrides = oncall.known(std::move(stored));
    const auto nobodies = nobodies_of(oncall, *policy, overrides, now);
    for (size_t i = 0; i < policy->steps.size(); ++i) {
        const auto& step = policy->steps[i];
        std::vector<std::string> names;
        for (const auto& callee : step.callees) {
            names.push_back(oncall::text_of(callee));
        }
        auto row = row_of_webhook(joined(names));
        row["route"] = "escalation " + policy->name;
        row["group_wait"] = format_duration(step.after);
        row["group"] = labels;
        row["now"] = !held.empty() ? held : !nobodies[i].empty() ? nobodies[i] : "told";
        rows.push_back(std::move(row));
    }
    return {};
}

// What keeps an alert with these labels from being told of now, whatever the route.
Result<std::string> hindrance(const Sources& s, const RoutingSources& routing, const routing::Labels& labels,
                              WallTime now) {
    std::vector<alerts::AlertRecord> open;
    if (!routing.routing.inhibit_rules.empty()) {
        VIGIE_TRY(open, alerts::list_alerts(s.store));
    }
    VIGIE_TRY(const auto held, HeldNow::read(s.store, routing, open, now));
    const auto all = held.of(labels);
    return all.empty() ? std::string() : all.front().why;
}

// A matcher reads as a label whose name ends, or whose value begins, with a sign of it.
Result<void> check_labels(const Request& request, const routing::Labels& labels) {
    for (const auto& [name, value] : labels) {
        const auto given = fmt::format("{}={}", name, value);
        const bool is_matcher = name.ends_with('!') || value.starts_with('~') ||
                                (value.size() > 1 && value.starts_with('"') && value.ends_with('"'));
        if (is_matcher || !query::is_label_name(name)) {
            return fail(
                ErrorCode::malformed, "{}: {}: give labels as the alert has them, such as alertname=DiskFull",
                request.verb,
                is_matcher ? fmt::format("'{}' is a matcher", given) : fmt::format("'{}' is no name of a label", name));
        }
    }
    return {};
}

Result<Json> test(const Sources& s, const RoutingSources& routing, const Request& request) {
    VIGIE_TRY(auto labels, request.texts("labels"));
    if (labels.empty()) {
        return fail(ErrorCode::malformed, "alerts routes test: give the alert's labels, such as alertname=DiskFull");
    }
    VIGIE_CHECK(check_labels(request, labels));
    for (const auto& [name, value] : routing.external_labels) {  // as page_of() does with each alert
        if (!value.empty()) {
            labels.try_emplace(name, value);
        }
    }
    const auto now = s.clock.wall();
    VIGIE_TRY(const auto held, hindrance(s, routing, labels, now));
    auto rows = Json::array();
    for (const auto& webhook : routing.webhooks) {
        rows.push_back(row_of_webhook(webhook.name));
        rows.back()["group"] = labels;
        rows.back()["now"] = held.empty() ? "told" : held;
    }
    VIGIE_CHECK(add_steps(s, labels, held, now, rows));
    if (!routing.routing.root) {
        return rows;
    }
    for (const auto* route : routing::routes_of(*routing.routing.root, labels)) {
        auto row = row_of(*route, 0);
        row["route"] = route->key;
        row["group"] = routing::group_labels(route->options, labels);
        const bool is_muted = is_in_any_of(routing.routing, route->mute_intervals, now);
        const bool is_active =
            route->active_intervals.empty() || is_in_any_of(routing.routing, route->active_intervals, now);
        row["now"] = !held.empty() ? held
                     : is_muted    ? "muted by a time interval"
                     : !is_active  ? "outside of its active time intervals"
                                   : "told";
        rows.push_back(std::move(row));
    }
    return rows;
}

}  // namespace

void add_route_answers(Desk& desk, const Sources& sources, const RoutingSources& routing) {
    desk.answer("alerts.routes.show", Role::viewer, {}, [&routing](const Request&) { return show(routing); });
    desk.answer("alerts.routes.test", Role::viewer, {"labels"},
                [&sources, &routing](const Request& r) { return test(sources, routing, r); });
}

}  // namespace vigie::controller
