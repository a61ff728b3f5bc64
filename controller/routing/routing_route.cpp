// Routes, each with what it takes over from the one above.
#include "controller/routing/routing_parts.hpp"

#include <algorithm>
#include <set>

namespace vigie::controller::routing {
namespace {

using config::Node;
using rules::Faults;
using rules::Fields;

std::vector<std::string> read_names(Fields& fields, std::string_view key, Faults& faults) {
    std::vector<std::string> names;
    for (const auto& item : fields.list(key)) {
        if (item.kind == Node::Kind::scalar) {
            names.push_back(item.scalar);
        } else {
            faults.add(item, fmt::format("{}: must be a list of names", key));
        }
    }
    return names;
}

void read_group_by(Fields& fields, RouteOptions& options, Faults& faults) {
    const auto* at = fields.take("group_by");
    if (at == nullptr) {
        return;
    }
    for (const auto& item : fields.list("group_by")) {
        if (item.kind == Node::Kind::scalar && item.scalar != "...") {
            check_label_name(item, "group_by", faults);
        }
    }
    auto names = read_names(fields, "group_by", faults);
    if (names.empty()) {
        return;  // as if it were not there, as Alertmanager has it
    }
    std::sort(names.begin(), names.end());
    options.is_grouped_by_all = std::find(names.begin(), names.end(), "...") != names.end();
    if (options.is_grouped_by_all && names.size() > 1) {
        faults.add(*at, "group_by: '...' stands for all labels, so nothing else goes with it");
    }
    if (std::adjacent_find(names.begin(), names.end()) != names.end()) {
        faults.add(*at, "group_by: a label stands twice");
    }
    options.group_by = options.is_grouped_by_all ? std::vector<std::string>() : std::move(names);
}

void read_time(Fields& fields, std::string_view key, bool may_be_zero, milliseconds& into, Faults& faults) {
    const auto* at = fields.scalar(key);
    if (at == nullptr) {
        return;
    }
    const auto time = fields.duration(key);
    if (const auto read = parse_duration(at->scalar); read && time == 0ms && !may_be_zero) {
        faults.add(*at, fmt::format("{}: must not be zero", key));
    }
    into = time;
}

void refuse_in_root(Fields& fields, const Route& root, Faults& faults) {
    for (const auto* key :
         {"match", "match_re", "matchers", "continue", "mute_time_intervals", "active_time_intervals"}) {
        const auto* at = fields.take(key);
        const bool is_set = at != nullptr && !(at->items.empty() && at->entries.empty() && at->scalar != "true");
        if (is_set) {
            faults.add(*at, fmt::format("{}: the first route takes every alert at all times, so it has none", key));
        }
    }
    if (root.options.receiver.empty()) {
        faults.add(root.line, 0, "the first route needs a receiver");
    }
}

}  // namespace

Route read_route(const Node& node, const RouteOptions& above, Faults& faults, int depth) {
    Fields fields(node, "a route", faults);
    Route route;
    route.line = node.line;
    route.options = above;
    if (const auto* receiver = fields.scalar("receiver"); receiver != nullptr && !receiver->scalar.empty()) {
        route.options.receiver = receiver->scalar;
        route.receiver_line = receiver->line;
        route.receiver_column = receiver->column;
    }
    read_group_by(fields, route.options, faults);
    read_time(fields, "group_wait", true, route.options.group_wait, faults);
    read_time(fields, "group_interval", false, route.options.group_interval, faults);
    read_time(fields, "repeat_interval", false, route.options.repeat_interval, faults);
    route.matchers = read_matchers(fields, "", faults);
    route.is_continued = read_flag(fields, "continue", false, faults);
    route.mute_intervals = read_names(fields, "mute_time_intervals", faults);
    route.active_intervals = read_names(fields, "active_time_intervals", faults);
    for (const auto& child : fields.list("routes")) {
        route.routes.push_back(read_route(child, route.options, faults, depth + 1));
    }
    if (depth == 0) {
        refuse_in_root(fields, route, faults);
    }
    fields.finish();
    return route;
}

}  // namespace vigie::controller::routing
