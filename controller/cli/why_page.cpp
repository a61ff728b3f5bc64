#include "controller/cli/why_page.hpp"

#include "controller/cli/fields.hpp"
#include "controller/cli/table.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller {
namespace {

std::optional<size_t> width_of(const Look& look) {
    return look.is_terminal && look.format != Format::wide ? std::optional(look.columns) : std::nullopt;
}

std::string rule_text(const Json& story) {
    const auto rule = story.value("rule", Json());
    if (!rule.is_object()) {
        return story.value("expression", std::string()).empty() ? "none: the controller raises it by itself"
                                                                : "none of the rule files now";
    }
    std::string text =
        fmt::format("{}:{}, group {}, judged {}, for {}", field_text(rule, "file"), field_text(rule, "line"),
                    field_text(rule, "group"), field_text(rule, "judged"), field_text(rule, "for"));
    if (rule.value("clear", Json()).is_string()) {
        text += ", clears when " + field_text(rule, "clear");
    }
    return text;
}

// Who was called for it, and who has it in hand; "" for nobody.
std::string oncall_text(const Json& story) {
    std::string text;
    const auto add = [&](std::string_view field, std::string_view before) {
        if (const auto value = field_text(story, field); value != "-") {
            text += fmt::format("{}{}{}", text.empty() ? "" : ", ", before, value);
        }
    };
    add("called", "called ");
    for (const auto& one : story.value("calls_not_taken", Json::array())) {
        text += fmt::format("{}not taken by {}: {}{}", text.empty() ? "" : ", ", field_text(one, "receiver"),
                            field_text(one, "outcome"),
                            one.value("problem", "").empty() ? "" : " (" + field_text(one, "problem") + ")");
    }
    add("acknowledged_by", "in hand of ");
    add("acknowledged_at", "since ");
    add("snoozed_until", "until ");
    add("acknowledged_comment", "");
    add("next_call_at", "next call at ");
    return text;
}

std::string head_of(const Json& story, const Look& look) {
    std::string text;
    const auto add = [&text](std::string_view name, const std::string& shown) {
        text += fmt::format("{:<10}  {}\n", name, shown);
    };
    add("alert", harmless(field_text(story, "alertname")));
    add("id", harmless(field_text(story, look.format == Format::wide ? "id" : "short_id")));
    add("host", harmless(field_text(story, "host")));
    const auto state = harmless(field_text(story, "state"));
    add("state",
        tinted(state, tint_of_state(state), look.is_colored) + (story.value("is_flapping", false) ? ", flapping" : ""));
    add("labels", harmless(labels_text(story.value("labels", Json::object()))));
    add("expression", harmless(field_text(story, "expression")));
    add("rule", harmless(rule_text(story)));
    if (const auto reason = story.value("annotations", Json::object()).value("reason", std::string());
        !reason.empty()) {
        add("reason", harmless(reason));
    }
    if (const auto oncall = oncall_text(story); !oncall.empty()) {
        add("on call", harmless(oncall));
    }
    return text;
}

// Milliseconds only where there are some.
std::string time_of_day(int64_t unix_ms) {
    auto text = to_rfc3339(wall_from_unix_ms(unix_ms));
    text.erase(0, text.find('T') + 1);
    if (const auto none = text.find(".000Z"); none != std::string::npos) {
        text.erase(none, 4);
    }
    return text;
}

// One series: its values around the moment, with their times of day.
std::string series_line(const Json& series) {
    std::string text = "    " + harmless(labels_text(series.value("labels", Json::object()))) + "\n     ";
    for (const auto& point : series.value("points", Json::array())) {
        const auto value = point.at(1).is_number() ? number_text(point.at(1).get<double>()) : std::string("NaN");
        text += fmt::format(" {} {} ", time_of_day(point.at(0).get<int64_t>()), value);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    return text + "\n";
}

std::string samples_text(const Json& samples) {
    std::string text;
    for (const auto& of_selector : samples) {
        text += "  " + harmless(field_text(of_selector, "selector"));
        const auto problem = of_selector.value("problem", "");
        const auto series = of_selector.value("series", Json::array());
        text += !problem.empty() ? ": " + harmless(problem) + "\n" : series.empty() ? ": no samples\n" : "\n";
        for (const auto& one : series) {
            text += series_line(one);
        }
        if (const auto left_out = of_selector.value("left_out", uint64_t{0}); left_out > 0) {
            text += fmt::format("    and {} more series\n", left_out);
        }
    }
    return text;
}

std::string routes_text(const Json& routes) {
    std::string text;
    for (const auto& route : routes) {
        std::string held;
        for (const auto& one : route.value("held", Json::array())) {
            held += (held.empty() ? "" : "; ") + field_text(one, "why");
        }
        text += fmt::format(
            "  to {} by {}: {}\n", harmless(field_text(route, "receiver")), harmless(field_text(route, "route")),
            held.empty() ? "to be told at " + harmless(field_text(route, "at")) : "held back: " + harmless(held));
    }
    return text;
}

// The report that it came with; of a group of rules when that was evaluated.
std::string cursor_text(const Json& cursor, const Look& look) {
    if (!cursor.is_object()) {
        return "";
    }
    if (!cursor.value("entry", Json()).is_number()) {
        return ", evaluated at " + field_text(cursor, "sampled_at");
    }
    const auto entry = ", entry " + field_text(cursor, "entry");
    return look.format == Format::wide ? entry + " of " + field_text(cursor, "stream") : entry;
}

std::string transition_text(const Json& transition, const Look& look) {
    const auto to = harmless(field_text(transition, "to"));
    const auto entry = cursor_text(transition.value("cursor", Json()), look);
    return fmt::format("{}  {} -> {}, value {}: {}{}\n", harmless(field_text(transition, "at")),
                       harmless(field_text(transition, "from")), tinted(to, tint_of_state(to), look.is_colored),
                       field_text(transition, "value"), harmless(field_text(transition, "cause")), harmless(entry)) +
           samples_text(transition.value("samples", Json::array())) +
           routes_text(transition.value("routes", Json::array()));
}

std::string table_of(const Json& rows, const std::vector<std::pair<std::string, std::string>>& columns,
                     const Look& look) {
    std::vector<std::string> header;
    std::vector<std::vector<Cell>> cells(rows.size());
    for (const auto& [title, field] : columns) {
        header.push_back(title);
        for (size_t i = 0; i < rows.size(); ++i) {
            const bool is_sentence = field == "message" || field == "problem" || field == "group";
            cells[i].push_back({.text = field_text(rows[i], field), .is_flexible = is_sentence});
        }
    }
    return render_table(header, cells, look.is_colored, width_of(look));
}

std::string deliveries_text(const Json& story, const Look& look) {
    const auto deliveries = story.value("deliveries", Json::array());
    std::string text = "\nattempts to tell\n";
    text += deliveries.empty() ? "none\n"
                               : table_of(deliveries,
                                          {{"AT", "at"},
                                           {"RECEIVER", "receiver"},
                                           {"TOLD", "told"},
                                           {"OUTCOME", "outcome"},
                                           {"STATUS", "status"},
                                           {"MS", "took_ms"},
                                           {"ALERTS", "alerts"},
                                           {"PROBLEM", "problem"}},
                                          look);
    if (const auto owed = story.value("owed", uint64_t{0}); owed > 0) {
        text += fmt::format("{} not told to everybody yet\n",
                            owed == 1 ? "1 change or call is" : fmt::format("{} changes or calls are", owed));
    }
    for (const auto& one : story.value("damaged", Json::array())) {
        text += "damaged: " + harmless(one.get<std::string>()) + "\n";
    }
    return text;
}

std::string before_text(const Json& before, const Look& look) {
    if (before.value("host", "").empty()) {
        return "\nbefore it began\nit is about several hosts\n";
    }
    const auto changes = before.value("changes", Json::array());
    return fmt::format("\nbefore it began at {} on {}\n", field_text(before, "to"),
                       harmless(field_text(before, "host"))) +
           (changes.empty()
                ? "nothing known of the 30 minutes before\n"
                : table_of(changes,
                           {{"SECONDS", "seconds_before"}, {"AT", "at"}, {"KIND", "kind"}, {"WHAT", "message"}}, look));
}

}  // namespace

std::string render_why(const Json& story, const Look& look) {
    auto text = head_of(story, look) + "\nwhat happened\n";
    const auto transitions = story.value("transitions", Json::array());
    for (const auto& transition : transitions) {
        text += transition_text(transition, look);
    }
    return text + deliveries_text(story, look) + before_text(story.value("before", Json::object()), look);
}

}  // namespace vigie::controller
