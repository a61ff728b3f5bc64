// Text before the bars, perfdata behind them.
#include "agent/checks/plugin_output.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "agent/series/text.hpp"
#include "shared/core/harmless.hpp"

namespace vigie::agent {
namespace {

// The label of the item at the start of `rest`, taken off with its "=". Quoted ones may hold blanks; '' is a quote.
std::optional<std::string> take_label(std::string_view& rest) {
    std::string label;
    if (!rest.starts_with('\'')) {
        const auto end = rest.find_first_of("= \t");
        if (end == rest.npos || rest[end] != '=') {
            return std::nullopt;
        }
        label = rest.substr(0, end);
        rest.remove_prefix(end + 1);
        return label;
    }
    for (rest.remove_prefix(1); !rest.empty(); rest.remove_prefix(1)) {
        if (rest.front() != '\'') {
            label += rest.front();
        } else if (rest.starts_with("''")) {
            label += '\'';
            rest.remove_prefix(1);
        } else if (rest.starts_with("'=")) {
            rest.remove_prefix(2);
            return label;
        } else {
            return std::nullopt;
        }
    }
    return std::nullopt;
}

bool is_unit(std::string_view text) {
    return text.size() <= plugin_unit_bytes_max && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '%';
           });
}

// "12.5s;20;30" as number and unit; thresholds are the plugin's own business. "U" means that it could not find out.
std::optional<PerfValue> read_value(std::string label, std::string_view text) {
    text = text.substr(0, text.find(';'));
    PerfValue read{.label = std::move(label), .value = 0, .unit = {}};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), read.value);
    const auto unit = text.substr(static_cast<size_t>(end - text.data()));
    if (error != std::errc{} || !std::isfinite(read.value) || !is_unit(unit)) {
        return std::nullopt;
    }
    read.unit = unit;
    return read;
}

void read_perfdata(std::string_view rest, std::vector<PerfValue>& values) {
    for (;;) {
        rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r"), rest.size()));
        if (rest.empty() || values.size() == plugin_values_max) {
            return;
        }
        auto label = take_label(rest);
        const auto length = std::min(rest.find_first_of(" \t\r"), rest.size());
        auto value = label && !label->empty() && label->size() <= plugin_label_bytes_max
                         ? read_value(harmless(*label), rest.substr(0, length))
                         : std::nullopt;
        rest.remove_prefix(length);
        const auto is_same = [&value](const PerfValue& known) {
            return known.label == value->label && known.unit == value->unit;
        };
        if (value && std::none_of(values.begin(), values.end(), is_same)) {
            values.push_back(std::move(*value));
        }
    }
}

void add_text(std::string_view line, std::string& text) {
    line = trimmed(line);
    if (!line.empty() && text.size() < plugin_text_bytes_max) {
        text += (text.empty() ? "" : " / ") +
                harmless(line.substr(0, plugin_text_bytes_max + 1));  // so that bound() sees it
    }
}

// At a character's border, with a sign that something is missing.
void bound(std::string& text) {
    if (text.size() <= plugin_text_bytes_max) {
        return;
    }
    constexpr std::string_view sign = "…";
    auto end = plugin_text_bytes_max - sign.size();
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
        --end;
    }
    text.resize(end);
    text += sign;
}

}  // namespace

PluginOutput parse_plugin_output(std::string_view bytes) {
    PluginOutput output;
    bool is_first = true;
    bool is_perfdata = false;  // of the lines behind the second bar all are
    while (!bytes.empty()) {
        auto line = next_line(bytes);
        if (is_perfdata) {
            read_perfdata(line, output.values);
            continue;
        }
        const bool has_bar = line.find('|') != line.npos;
        add_text(cut(line, '|'), output.text);
        if (has_bar) {
            read_perfdata(line, output.values);
        }
        is_perfdata = has_bar && !is_first;
        is_first = false;
    }
    bound(output.text);
    return output;
}

}  // namespace vigie::agent
