// From left to right. Each reader cuts its part off and gives false when the line can't go on.
#include "agent/statsd/statsd_line.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "agent/series/sample_line.hpp"
#include "agent/series/text.hpp"

namespace vigie::agent {
namespace {

struct KnownType {
    std::string_view name;
    StatsdKind kind;
    double unit;  // of a value, in seconds for timers
};
constexpr std::array<KnownType, 6> known_types{{
    {"c", StatsdKind::counter, 1},
    {"g", StatsdKind::gauge, 1},
    {"ms", StatsdKind::timer, 0.001},
    {"h", StatsdKind::timer, 1},
    {"d", StatsdKind::timer, 1},
    {"s", StatsdKind::set, 1},
}};

std::string_view cut_until(std::string_view& rest, std::string_view ends) {
    const auto part = rest.substr(0, rest.find_first_of(ends));
    rest.remove_prefix(part.size());
    return part;
}

bool is_signed(std::string_view text) {
    return text.starts_with('+') || text.starts_with('-');
}

}  // namespace

std::string_view name_of(StatsdFault fault) {
    static constexpr std::array<std::string_view, statsd_faults_count> names{
        "malformed_line", "malformed_component", "malformed_value",  "malformed_tag", "invalid_sample_factor",
        "unknown_type",   "unsupported",         "negative_counter", "too_long",      "reserved_name",
        "type_conflict",  "series_limit",        "name_limit",       "day_limit"};
    return names.at(static_cast<size_t>(fault));
}

bool StatsdReader::refuse(StatsdFault fault) {
    taker_.refuse(fault);
    return false;
}

void StatsdReader::read(std::string_view datagram) {
    while (!datagram.empty()) {
        if (const auto line = trimmed(next_line(datagram)); !line.empty()) {
            read_line(line);
        }
    }
}

void StatsdReader::read_line(std::string_view line) {
    if (line.starts_with("_e{") || line.starts_with("_sc|")) {
        refuse(StatsdFault::unsupported);
        return;
    }
    const auto colon = line.find(':');
    if (colon == 0 || colon == std::string_view::npos || !is_utf8(line)) {
        refuse(StatsdFault::malformed_line);
        return;
    }
    if (colon > statsd_name_bytes_max) {
        refuse(StatsdFault::too_long);
        return;
    }
    const auto name = line.substr(0, colon);
    auto rest = line.substr(colon + 1);
    while (read_samples(name, rest)) {
    }
}

// The values of one type; true when those of another type follow ("a:1|c:2|ms").
bool StatsdReader::read_samples(std::string_view name, std::string_view& rest) {
    const auto values = cut_until(rest, "|");
    if (rest.empty()) {
        return refuse(StatsdFault::malformed_component);
    }
    rest.remove_prefix(1);
    const auto type = cut_until(rest, "|:");
    StatsdSeries series;
    series.name = name;
    tags_.clear();
    while (rest.starts_with('|')) {
        rest.remove_prefix(1);
        if (!read_option(rest, series)) {
            return false;
        }
    }
    series.tags = &tags_;
    take_values(values, type, series);
    if (rest.empty()) {
        return false;
    }
    rest.remove_prefix(1);  // the colon
    return true;
}

bool StatsdReader::read_option(std::string_view& rest, StatsdSeries& series) {
    if (rest.starts_with('@')) {
        rest.remove_prefix(1);
        const auto rate = parse_sample_value(cut_until(rest, "|:"));
        series.rate = rate.value_or(0);
        const bool is_good = series.rate > 0 && series.rate <= 1 && std::isfinite(1 / series.rate);
        return is_good || refuse(StatsdFault::invalid_sample_factor);
    }
    const auto option = cut_until(rest, "|");
    if (option.starts_with('#')) {
        read_tags(option.substr(1));
        return true;
    }
    if (option.starts_with('T')) {
        return refuse(StatsdFault::unsupported);  // a value of another moment than now
    }
    const bool is_origin = option.starts_with("c:") || option.starts_with("e:") || option.starts_with("card:");
    return is_origin || refuse(StatsdFault::malformed_component);
}

void StatsdReader::read_tags(std::string_view list) {
    while (!list.empty()) {
        const auto tag = cut(list, ',');
        const auto colon = tag.find(':');
        if (colon == 0 || colon == std::string_view::npos || colon + 1 == tag.size() ||
            tags_.size() == statsd_tags_max) {
            refuse(StatsdFault::malformed_tag);
        } else if (colon > statsd_name_bytes_max || tag.size() - colon - 1 > statsd_tag_value_bytes_max) {
            refuse(StatsdFault::too_long);
        } else {
            tags_.push_back({tag.substr(0, colon), tag.substr(colon + 1)});
        }
    }
}

void StatsdReader::take_values(std::string_view values, std::string_view type, StatsdSeries& series) {
    const auto known =
        std::find_if(known_types.begin(), known_types.end(), [type](const KnownType& one) { return one.name == type; });
    if (known == known_types.end()) {
        refuse(type.empty() ? StatsdFault::malformed_component : StatsdFault::unknown_type);
        return;
    }
    series.kind = known->kind;
    bool has_begun = false;
    size_t count = 0;
    do {
        if (++count > statsd_values_max) {
            refuse(StatsdFault::too_long);
            return;
        }
        // A set's value may be an address: 2001:db8::1.
        const auto text = series.kind == StatsdKind::set ? std::exchange(values, {}) : cut(values, ':');
        const auto value = read_value(text, series, known->unit);
        if (!value) {
            continue;
        }
        if (!has_begun && !taker_.begin(series)) {
            return;
        }
        has_begun = true;
        taker_.take(*value);
    } while (!values.empty());
}

std::optional<StatsdValue> StatsdReader::read_value(std::string_view text, const StatsdSeries& series, double unit) {
    if (series.kind == StatsdKind::set) {
        if (!text.empty()) {
            return StatsdValue{.text = text};
        }
        refuse(StatsdFault::malformed_value);
        return std::nullopt;
    }
    const auto number = parse_sample_value(text);
    if (!number || !std::isfinite(*number) || !std::isfinite(*number / series.rate)) {
        refuse(StatsdFault::malformed_value);
        return std::nullopt;
    }
    if (series.kind == StatsdKind::counter && *number < 0) {
        refuse(StatsdFault::negative_counter);
        return std::nullopt;
    }
    return StatsdValue{
        .text = text, .value = *number * unit, .is_change = series.kind == StatsdKind::gauge && is_signed(text)};
}

}  // namespace vigie::agent
