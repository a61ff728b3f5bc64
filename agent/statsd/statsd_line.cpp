// From left to right. Each reader cuts its part off and gives false when the line can't go on.
#include "agent/statsd/statsd_line.hpp"

#include <cmath>
#include <optional>

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
        "type_conflict",  "series_limit"};
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
    StatsdSample sample;
    sample.name = name;
    tags_.clear();
    while (rest.starts_with('|')) {
        rest.remove_prefix(1);
        if (!read_option(rest, sample)) {
            return false;
        }
    }
    sample.tags = &tags_;
    take_values(values, type, sample);
    if (rest.empty()) {
        return false;
    }
    rest.remove_prefix(1);  // the colon
    return true;
}

bool StatsdReader::read_option(std::string_view& rest, StatsdSample& sample) {
    if (rest.starts_with('@')) {
        rest.remove_prefix(1);
        const auto rate = parse_sample_value(cut_until(rest, "|:"));
        sample.rate = rate.value_or(0);
        return (sample.rate > 0 && sample.rate <= 1) || refuse(StatsdFault::invalid_sample_factor);
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
        } else if (colon > statsd_name_bytes_max || tag.size() - colon > statsd_tag_value_bytes_max) {
            refuse(StatsdFault::too_long);
        } else {
            tags_.push_back({tag.substr(0, colon), tag.substr(colon + 1)});
        }
    }
}

void StatsdReader::take_values(std::string_view values, std::string_view type, StatsdSample& sample) {
    for (const auto& known : known_types) {
        if (known.name == type) {
            sample.kind = known.kind;
            do {
                take_value(cut(values, ':'), sample, known.unit);
            } while (!values.empty());
            return;
        }
    }
    refuse(type.empty() ? StatsdFault::malformed_component : StatsdFault::unknown_type);
}

bool StatsdReader::take_value(std::string_view text, StatsdSample& sample, double unit) {
    sample.text = text;
    if (sample.kind == StatsdKind::set) {
        if (text.empty()) {
            return refuse(StatsdFault::malformed_value);
        }
    } else {
        const auto value = parse_sample_value(text);
        if (!value || !std::isfinite(*value)) {
            return refuse(StatsdFault::malformed_value);
        }
        if (sample.kind == StatsdKind::counter && *value < 0) {
            return refuse(StatsdFault::negative_counter);
        }
        sample.value = *value * unit;
        sample.is_change = sample.kind == StatsdKind::gauge && is_signed(text);
    }
    taker_.take(sample);
    return true;
}

}  // namespace vigie::agent
