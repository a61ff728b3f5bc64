// Text of a host, line by line; its report as an outline.
#include "controller/cli/run_page.hpp"

#include "controller/cli/fields.hpp"
#include "controller/cli/table.hpp"

namespace vigie::controller {
namespace {

// As many levels as the controller lets through; deeper ones are shown as JSON.
constexpr int levels_max = 16;

std::string without_tabs(std::string_view line) {
    std::string text;
    for (const char c : line) {
        text += c == '\t' ? std::string(8 - display_width(text) % 8, ' ') : std::string(1, c);
    }
    return text;
}

std::string lines_of(const std::string& output) {
    std::string text;
    for (size_t at = 0; at < output.size();) {
        const auto end = std::min(output.find('\n', at), output.size());
        text += "  " + harmless(without_tabs(std::string_view(output).substr(at, end - at))) + "\n";
        at = end + 1;
    }
    return text;
}

bool is_plain(const Json& value) {
    return !value.is_structured() || value.empty();
}

std::string outline(const Json& value, const std::string& indent, int level);

// One item of a list: its fields hang below the dash.
std::string item_of(const Json& item, const std::string& indent, int level) {
    auto text = outline(item, indent + "  ", level + 1);
    text.replace(indent.size(), 1, "-");
    return text;
}

std::string outline(const Json& value, const std::string& indent, int level) {
    if (is_plain(value) || level > levels_max) {
        const auto shown =
            value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, Json::error_handler_t::replace);
        return indent + harmless(shown) + "\n";
    }
    std::string text;
    for (const auto& [name, field] : value.items()) {
        if (value.is_array()) {
            text += item_of(field, indent, level);
        } else if (is_plain(field)) {
            text += fmt::format("{}{}: {}", indent, harmless(name), outline(field, "", level + 1));
        } else {
            text += fmt::format("{}{}:\n{}", indent, harmless(name), outline(field, indent + "  ", level + 1));
        }
    }
    return text;
}

}  // namespace

std::string run_sections(const Json& run) {
    std::string text;
    if (const auto output = run.value("output_tail", ""); !output.empty()) {
        text += "\noutput\n" + lines_of(output);
    }
    if (const auto report = run.find("report"); report != run.end() && !report->is_null()) {
        text += "\nreport\n" + outline(*report, "  ", 0);
    }
    return text;
}

}  // namespace vigie::controller
