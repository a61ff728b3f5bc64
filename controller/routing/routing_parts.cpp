// Intervals, inhibition and matchers.
#include "controller/routing/routing_parts.hpp"

#include "controller/query/series_labels.hpp"

namespace vigie::controller::routing {
namespace {

using config::Node;
using rules::Faults;
using rules::Fields;

template <typename Value, typename Parse>
void read_ranges(Fields& fields, std::string_view key, std::vector<Value>& into, Faults& faults, const Parse& parse) {
    for (const auto& item : fields.list(key)) {
        if (item.kind != Node::Kind::scalar) {
            faults.add(item, fmt::format("{}: must be a list of texts", key));
            continue;
        }
        if (const auto range = parse(item.scalar)) {
            into.push_back(*range);
        } else {
            faults.add(item, fmt::format("{}: {}", key, range.error().message));
        }
    }
}

std::optional<int> read_minute(Fields& fields, std::string_view key, const Node& node, Faults& faults) {
    const auto* at = fields.scalar(key);
    const auto minute =
        at == nullptr ? Result<int>(fail(ErrorCode::malformed, "is missing")) : parse_minute_of_day(at->scalar);
    if (!minute) {
        faults.add(at == nullptr ? node : *at, fmt::format("{}: {}", key, minute.error().message));
        return std::nullopt;
    }
    return *minute;
}

void read_times(Fields& fields, std::vector<MinuteRange>& into, Faults& faults) {
    for (const auto& node : fields.list("times")) {
        Fields range(node, "an entry of times", faults);
        const auto begin = read_minute(range, "start_time", node, faults);
        const auto end = read_minute(range, "end_time", node, faults);
        range.finish();
        if (begin && end && *begin >= *end) {
            faults.add(node, "times: end_time must be after start_time; a night takes two entries");
        } else if (begin && end) {
            into.push_back({*begin, *end});
        }
    }
}

void add_map(Fields& fields, const std::string& key, bool is_regex, Matchers& into, Faults& faults) {
    for (const auto& [name, value] : fields.mapping(key)) {
        if (value.kind != Node::Kind::scalar) {
            faults.add(value, fmt::format("{}: must be a mapping of names to texts", key));
            continue;
        }
        check_label_name(name, key, faults);
        // As it stands in a group's key; anchors change nothing, for the whole value is matched anyway.
        auto matcher = Matcher::make(name.scalar, is_regex ? Matcher::Kind::regex : Matcher::Kind::equal,
                                     is_regex ? "^(?:" + value.scalar + ")$" : value.scalar);
        if (matcher) {
            into.push_back(std::move(*matcher));
        } else {
            faults.add(value, fmt::format("{}: {}", key, matcher.error().message), matcher.error().code);
        }
    }
}

}  // namespace

Matchers read_matchers(Fields& fields, const std::string& prefix, Faults& faults) {
    Matchers all;
    add_map(fields, prefix + "match", false, all, faults);
    add_map(fields, prefix + "match_re", true, all, faults);
    const auto key = prefix + "matchers";
    const auto add = [&](const Node& item) {
        auto some = parse_matchers(item.scalar);
        if (!some) {
            return faults.add(item, fmt::format("{}: {}", key, some.error().message), some.error().code);
        }
        std::move(some->begin(), some->end(), std::back_inserter(all));
    };
    for (const auto& item : fields.list(key)) {
        add(item);
    }
    sort(all);
    return all;
}

TimeInterval read_interval_part(const Node& node, Faults& faults) {
    TimeInterval interval;
    Fields fields(node, "a time interval", faults);
    read_times(fields, interval.times, faults);
    read_ranges(fields, "weekdays", interval.weekdays, faults, parse_weekdays);
    read_ranges(fields, "days_of_month", interval.days_of_month, faults, parse_days_of_month);
    read_ranges(fields, "months", interval.months, faults, parse_months);
    read_ranges(fields, "years", interval.years, faults, parse_years);
    if (const auto* location = fields.scalar("location")) {
        auto zone = Zone::find(location->scalar);
        if (zone) {
            interval.zone = std::move(*zone);
        } else {
            faults.add(*location, "location: " + zone.error().message);
        }
    }
    fields.finish();
    return interval;
}

std::vector<TimeInterval> read_time_interval(const Node& node, std::string& name, Faults& faults) {
    Fields fields(node, "a time interval", faults);
    name = fields.text("name");
    if (name.empty()) {
        faults.add(node, "a time interval needs a name");
    }
    std::vector<TimeInterval> parts;
    for (const auto& part : fields.list("time_intervals")) {
        parts.push_back(read_interval_part(part, faults));
    }
    fields.finish();
    return parts;
}

InhibitRule read_inhibit_rule(const Node& node, Faults& faults) {
    Fields fields(node, "an inhibit rule", faults);
    InhibitRule rule;
    rule.source = read_matchers(fields, "source_", faults);
    rule.target = read_matchers(fields, "target_", faults);
    for (const auto& label : fields.list("equal")) {
        if (label.kind == Node::Kind::scalar) {
            check_label_name(label, "equal", faults);
            rule.equal.push_back(label.scalar);
        } else {
            faults.add(label, "equal: must be a list of labels");
        }
    }
    fields.finish();
    return rule;
}

void check_label_name(const Node& name, std::string_view key, Faults& faults) {
    if (!query::is_label_name(name.scalar)) {
        faults.add(name, fmt::format("{}: '{}' is no label's name", key, name.scalar));
    }
}

bool read_flag(Fields& fields, std::string_view key, bool fallback, Faults& faults) {
    const auto* at = fields.scalar(key);
    if (at == nullptr || at->scalar == "true" || at->scalar == "false") {
        return at == nullptr ? fallback : at->scalar == "true";
    }
    faults.add(*at, fmt::format("{}: must be true or false", key));
    return fallback;
}

}  // namespace vigie::controller::routing
