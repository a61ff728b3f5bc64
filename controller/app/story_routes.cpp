#include "controller/app/story_routes.hpp"

#include "controller/routing/silence.hpp"

namespace vigie::controller {
namespace {

using alerts::AlertRecord;
using alerts::Labels;
using alerts::Phase;

// An alert that may inhibit another: reading its history is some hundred rows. So the budget looks at its clock.
constexpr size_t cost_of_source = 1'000;
// Of other alerts, at most 100 transitions each: some megabytes.
constexpr size_t histories_max = 200;

// Whether any channel of the receiver says that an alert is over.
bool tells_of_ends(const routing::Routing& routing, const std::string& receiver) {
    const auto found = std::find_if(routing.receivers.begin(), routing.receivers.end(),
                                    [&receiver](const auto& one) { return one.name == receiver; });
    const auto is_told = [](const auto& channel) { return channel.is_resolved_sent; };
    return found == routing.receivers.end() || std::any_of(found->webhooks.begin(), found->webhooks.end(), is_told) ||
           std::any_of(found->channels.begin(), found->channels.end(), is_told);
}

bool was_open_in(const std::vector<alerts::Transition>& history, WallTime at) {
    bool is_open = !history.empty() && history.front().from == Phase::firing;  // older ones are erased
    for (const auto& transition : history) {
        if (transition.recorded_at > at) {
            break;
        }
        if (transition.to == Phase::firing) {
            is_open = true;
        } else if (transition.to == Phase::resolved || transition.to == Phase::inactive) {
            is_open = false;
        }
    }
    return is_open;
}

bool is_in(const routing::Routing& routing, const std::string& interval, WallTime at) {
    const auto found = routing.intervals.find(interval);
    return found != routing.intervals.end() && routing::is_in_any(found->second, at);
}

}  // namespace

Result<RoutesThen> RoutesThen::open(const StateStore& store, const RoutingSources& routing, query::Budget& budget) {
    RoutesThen then(store, routing, budget);
    VIGIE_TRY(then.silences_, routing::list_silences(store));
    const auto all_that_is_kept = wall_from_unix_ms(0);
    VIGIE_TRY(then.in_force_, maintenance::InForce::read(routing.maintenance, store, all_that_is_kept));
    VIGIE_TRY(auto all, alerts::list_alerts(store));
    for (auto& one : all) {
        const auto labels = alerts::page_of(one, false, routing.external_labels).labels;
        const auto& rules = routing.routing.inhibit_rules;
        if (std::any_of(rules.begin(), rules.end(),
                        [&labels](const auto& rule) { return routing::is_match(rule.source, labels); })) {
            then.sources_.push_back(std::move(one));
        }
    }
    return then;
}

Result<Json> RoutesThen::of(const AlertRecord& alert, const alerts::Transition& transition) const {
    const bool is_over = transition.to == Phase::resolved;
    const auto labels = alerts::page_of(alert, is_over, routing_.external_labels).labels;
    auto rows = Json::array();
    const auto add = [&](const std::string& receiver, const std::string& route, const Labels& group,
                         WallTime at) -> Result<Json*> {
        auto held = Json::array();
        add_silences(labels, at, held);
        add_maintenance(labels, at, held);
        VIGIE_CHECK(add_inhibition(alert, labels, at, held));
        rows.push_back(
            {{"receiver", receiver}, {"route", route}, {"group", group}, {"at", to_rfc3339(at)}, {"held", held}});
        return &rows.back()["held"];
    };
    const auto add_end = [is_over](bool is_told, Json& held) {
        if (is_over && !is_told) {
            held.push_back({{"by", "send_resolved"}, {"id", ""}, {"why", "it has no channel that tells of an end"}});
        }
    };
    for (const auto& webhook : routing_.webhooks) {
        VIGIE_TRY(auto* const held, add(webhook.name, "webhooks", labels, transition.recorded_at));
        add_end(webhook.is_resolved_sent, *held);
    }
    if (!routing_.routing.root) {
        return rows;
    }
    for (const auto* route : routing::routes_of(*routing_.routing.root, labels)) {
        const auto& options = route->options;
        const auto wait = transition.to == Phase::firing ? options.group_wait : milliseconds{0};
        const auto at = transition.recorded_at + wait;
        VIGIE_TRY(auto* const held, add(options.receiver, route->key, routing::group_labels(options, labels), at));
        add_intervals(*route, at, *held);
        add_end(tells_of_ends(routing_.routing, options.receiver), *held);
    }
    return rows;
}

void RoutesThen::add_silences(const Labels& labels, WallTime at, Json& held) const {
    for (const auto& one : silences_) {
        if (routing::state_of(one, at) == routing::SilenceState::active && routing::is_match(one.matchers, labels)) {
            held.push_back({{"by", "silence"},
                            {"id", one.id},
                            {"why", fmt::format("silence {} of {} until {}: {}", one.id, one.author,
                                                to_rfc3339(one.ends_at), one.comment)}});
        }
    }
}

void RoutesThen::add_maintenance(const Labels& labels, WallTime at, Json& held) const {
    for (const auto& one : in_force_.all(labels, at)) {
        held.push_back({{"by", one.by}, {"id", one.id}, {"why", one.why}});
    }
}

Result<void> RoutesThen::add_inhibition(const AlertRecord& alert, const Labels& labels, WallTime at, Json& held) const {
    for (const auto& other : sources_) {
        is_spent_ = is_spent_ || !budget_.spend(cost_of_source);
        if (is_spent_) {
            held.push_back({{"by", "inhibition"},
                            {"id", ""},
                            {"why", "perhaps inhibited: not all alerts were looked at in the time of an answer"}});
            return {};
        }
        routing::Inhibitor alone(routing_.routing.inhibit_rules);  // as if no other alert fired
        alone.set_firing(0, alerts::page_of(other, false, routing_.external_labels).labels);
        if (other.id == alert.id || !alone.is_inhibited(labels)) {
            continue;
        }
        VIGIE_TRY(const bool is_open, was_open(other, at));
        if (is_open) {
            held.push_back({{"by", "inhibition"},
                            {"id", other.id},
                            {"why", fmt::format("inhibited by alert {} ({})", other.id, other.name)}});
            return {};
        }
    }
    return {};
}

void RoutesThen::add_intervals(const routing::Route& route, WallTime at, Json& held) const {
    const auto& routing = routing_.routing;
    for (const auto& name : route.mute_intervals) {
        if (is_in(routing, name, at)) {
            held.push_back(
                {{"by", "mute_interval"}, {"id", ""}, {"why", fmt::format("muted by time interval '{}'", name)}});
        }
    }
    const auto& active = route.active_intervals;
    if (!active.empty() &&
        std::none_of(active.begin(), active.end(), [&](const auto& name) { return is_in(routing, name, at); })) {
        held.push_back({{"by", "active_interval"},
                        {"id", ""},
                        {"why", fmt::format("outside of its active time intervals ({})", fmt::join(active, ", "))}});
    }
}

// As far as its history is kept. The first histories_max are read once for all transitions and routes of the answer.
Result<bool> RoutesThen::was_open(const AlertRecord& alert, WallTime at) const {
    if (const auto known = histories_.find(alert.id); known != histories_.end()) {
        return was_open_in(known->second, at);
    }
    VIGIE_TRY(auto details, alerts::show_alert(store_, alert.id));
    const bool was_open = was_open_in(details.history, at);
    if (histories_.size() < histories_max) {
        histories_.emplace(alert.id, std::move(details.history));
    }
    return was_open;
}

}  // namespace vigie::controller
