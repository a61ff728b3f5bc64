// What a Nagios plugin prints: https://nagios-plugins.org/doc/guidelines.html#PLUGOUTPUT and #AEN201, with the long
// text and further lines of https://assets.nagios.com/downloads/nagioscore/docs/nagioscore/4/en/pluginapi.html.
//   TEXT | 'label'=value[unit];[warn];[crit];[min];[max] …
//   LONG TEXT
//   LONG TEXT | more perfdata
//   more perfdata
#pragma once
#include <string_view>

#include "agent/checks/check.hpp"

namespace vigie::agent {

struct PluginOutput {
    std::string text;               // all lines of text, without control characters, joined by " / "
    std::vector<PerfValue> values;  // each label and unit once, the first of them
};

constexpr size_t plugin_text_bytes_max = 1024;  // a sentence and a few lines; the whole of it is in the plugin
constexpr size_t plugin_values_max = 64;
constexpr size_t plugin_label_bytes_max = 128;
constexpr size_t plugin_unit_bytes_max = 8;

// Takes any bytes and never fails: what is no perfdata is left out, what is too long is cut.
PluginOutput parse_plugin_output(std::string_view bytes);

}  // namespace vigie::agent
