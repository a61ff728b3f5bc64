#include "controller/maintenance/maintenance.hpp"

#include "controller/routing/routing_parts.hpp"

namespace vigie::controller::maintenance {
namespace {

using config::Node;
using rules::Faults;
using rules::Fields;

bool names_times(const routing::TimeInterval& interval) {
    return !interval.times.empty() || !interval.weekdays.empty() || !interval.days_of_month.empty() ||
           !interval.months.empty() || !interval.years.empty();
}

Window read_window(const Node& node, Faults& faults) {
    Window window;
    Fields fields(node, "a maintenance window", faults);
    window.name = fields.text("name");
    if (window.name.empty()) {
        faults.add(node, "name: a maintenance window needs one");
    }
    window.matchers = routing::read_matchers(fields, "", faults);
    const auto& times = fields.list("time_intervals");
    for (const auto& part : times) {
        const auto faults_before_part = faults.count();
        window.times.push_back(routing::read_interval_part(part, faults));
        // Alertmanager takes it for all times. Here it is more likely a slip, and nobody would be told any more.
        if (!names_times(window.times.back()) && faults.count() == faults_before_part) {
            faults.add(part, "time_intervals: an interval that names no times would hold for ever");
        }
    }
    const auto faults_before = faults.count();
    fields.finish();
    if (times.empty() && faults.count() == faults_before) {  // else a name is mistyped, which is told
        faults.add(node, "time_intervals: a maintenance window needs at least one");
    }
    if (const auto narrow = routing::check_narrow(window.matchers); !narrow && faults.count() == 0) {
        const auto* at = fields.take("matchers");
        faults.add(at == nullptr ? node : *at, fmt::format("matchers: {}", narrow.error().message));
    }
    return window;
}

Result<void> add_windows(const config::Document& part, std::vector<Window>& windows) {
    Faults faults(part.file);
    if (part.root.kind != Node::Kind::sequence && part.root.kind != Node::Kind::null) {
        faults.add(part.root, "maintenance: must be a list");
    }
    for (const auto& node : part.root.items) {
        auto window = read_window(node, faults);
        if (std::any_of(windows.begin(), windows.end(), [&](const auto& other) { return other.name == window.name; })) {
            faults.add(node, fmt::format("maintenance: '{}' is defined twice", window.name), ErrorCode::conflict);
        }
        windows.push_back(std::move(window));
    }
    const auto all = faults.take();
    return all.empty() ? Result<void>() : fail(all.front().error());
}

Result<JobHold> read_hold(const ScheduleConfig& schedule) {
    JobHold hold{.schedule = schedule.name, .job = schedule.job, .alerts = {}, .grace = schedule.holds->grace};
    for (const auto& [text, place] : schedule.holds->alerts) {
        const auto at_place = [&place = place](const Error& e) { return e.at(place); };
        VIGIE_TRY(auto matchers, routing::parse_matchers(text).map_error(at_place));
        VIGIE_CHECK(routing::check_narrow(matchers).map_error(at_place));
        hold.alerts.push_back(std::move(matchers));
    }
    return hold;
}

}  // namespace

Result<Maintenance> read_maintenance(std::span<const config::Document> windows,
                                     const std::vector<ScheduleConfig>& schedules) {
    Maintenance maintenance;
    for (const auto& part : windows) {
        VIGIE_CHECK(add_windows(part, maintenance.windows));
    }
    for (const auto& schedule : schedules) {
        if (schedule.holds) {
            VIGIE_TRY(auto hold, read_hold(schedule));
            maintenance.holds.push_back(std::move(hold));
        }
    }
    return maintenance;
}

}  // namespace vigie::controller::maintenance
