#include "controller/cli/series_page.hpp"

#include <algorithm>

#include "controller/cli/fields.hpp"
#include "controller/cli/table.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller {
namespace {

std::optional<size_t> width_of(const Look& look) {
    return look.is_terminal && look.format != Format::wide ? std::optional(look.columns) : std::nullopt;
}

std::string counted(uint64_t count, std::string_view what, std::string_view many) {
    return fmt::format("{} {}", count, count == 1 ? what : many);
}

std::string labels_of(const Json& series) {
    auto labels = series;
    labels.erase("__name__");
    return labels_text(labels);
}

std::string selector_of(const Json& series) {
    std::string labels;
    for (const auto& [name, value] : series.items()) {
        if (name != "__name__") {
            labels += fmt::format("{}{}={}", labels.empty() ? "" : ",", name,
                                  value.dump(-1, ' ', false, Json::error_handler_t::replace));
        }
    }
    return series.value("__name__", "") + (labels.empty() ? "" : "{" + labels + "}");
}

// What stands below the table: how much there is, and that not all of it was shown.
std::string foot_of(const Json& answer, size_t shown, bool is_of_names) {
    const auto series = answer.at("series_total").get<uint64_t>();
    const auto names = answer.at("names_total").get<uint64_t>();
    const auto all = fmt::format("{} of {}", counted(series, "series", "series"), counted(names, "metric", "metrics"));
    if (!answer.value("is_cut", false)) {
        return all + "\n";
    }
    return fmt::format("CUT: {} of {} shown, of {}: narrow it down with matchers, or raise --limit\n", shown,
                       is_of_names ? counted(names, "metric", "metrics") : counted(series, "series", "series"), all);
}

// ---- top

// From these on a value is worth a look, or a worry.
constexpr double percent_warning = 80;
constexpr double percent_bad = 95;

Cell percent_cell(const Json& row, const char* field) {
    if (!row.at(field).is_number()) {
        return Cell{.text = "-", .is_number = true};
    }
    const auto percent = row.at(field).get<double>();
    const auto tint = percent >= percent_bad ? Tint::bad : percent >= percent_warning ? Tint::warning : Tint::none;
    return Cell{.text = fmt::format("{:.1f}%", percent), .tint = tint, .is_number = true};
}

// More tasks than processors wait; twice as many is a worry.
Cell load_cell(const Json& row) {
    if (!row.at("load1").is_number()) {
        return Cell{.text = "-", .is_number = true};
    }
    const auto load = row.at("load1").get<double>();
    const auto cpus = row.at("cpus").is_number() ? row.at("cpus").get<double>() : 0;
    const auto tint = cpus > 0 && load > 2 * cpus ? Tint::bad : cpus > 0 && load > cpus ? Tint::warning : Tint::none;
    return Cell{.text = fmt::format("{:.2f}", load), .tint = tint, .is_number = true};
}

}  // namespace

std::string render_found(const Json& answer, const Look& look) {
    const bool is_of_names = answer.contains("names");
    std::vector<std::vector<Cell>> rows;
    for (const auto& one : answer.at(is_of_names ? "names" : "series")) {
        if (is_of_names) {
            rows.push_back({Cell{.text = field_text(one, "name"), .is_flexible = true},
                            Cell{.text = field_text(one, "series"), .is_number = true}});
        } else {
            rows.push_back({Cell{.text = one.value("__name__", "-"), .is_flexible = true},
                            Cell{.text = labels_of(one), .is_flexible = true}});
        }
    }
    if (rows.empty()) {
        return "no such series are stored; without a matcher all names are shown,\n"
               "and __name__=~'.*PART.*' finds a part of one\n";
    }
    const std::vector<std::string> header{"NAME", is_of_names ? "SERIES" : "LABELS"};
    return render_table(header, rows, look.is_colored, width_of(look)) + foot_of(answer, rows.size(), is_of_names);
}

std::string found_names(const Json& answer) {
    const bool is_of_names = answer.contains("names");
    std::string text;
    for (const auto& one : answer.at(is_of_names ? "names" : "series")) {
        text += harmless(is_of_names ? field_text(one, "name") : selector_of(one)) + "\n";
    }
    return text;
}

std::string render_top(const Json& answer, const Look& look) {
    std::vector<std::vector<Cell>> rows;
    // The header, a line for what is left out, and the cursor's own.
    const auto room = look.is_terminal && look.rows > 4 ? look.rows - 3 : SIZE_MAX;
    for (const auto& host : answer) {
        if (rows.size() == room) {
            break;
        }
        const auto state = field_text(host, "state");
        rows.push_back({Cell{.text = field_text(host, "host"), .is_flexible = true},
                        Cell{.text = state, .tint = tint_of_state(state)}, percent_cell(host, "cpu_percent"),
                        percent_cell(host, "memory_percent"), percent_cell(host, "disk_percent"), load_cell(host),
                        Cell{.text = field_text(host, "cpus"), .is_number = true}});
    }
    if (rows.empty()) {
        return "no hosts are enrolled\n";
    }
    auto text = render_table({"HOST", "STATE", "CPU", "MEMORY", "DISK", "LOAD1", "CPUS"}, rows, look.is_colored,
                             width_of(look));
    if (rows.size() < answer.size()) {
        text += fmt::format("and {} more\n", answer.size() - rows.size());
    }
    return text;
}

}  // namespace vigie::controller
