// vigie series find and vigie top.
#include "controller/cli/commands_series.hpp"

#include <algorithm>

namespace vigie::controller {
namespace {

bool is_name(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == ':';
    });
}

// node_load1, instance=web-1, mode!=idle, device=~"sd.*", or a whole selector.
std::string matcher_of(const std::string& word) {
    if (is_name(word)) {
        return "__name__=" + Json(word).dump();
    }
    const auto sign = word.find_first_of("=!");
    if (sign == std::string::npos || word.find('{') < sign) {
        return word;
    }
    const auto value = std::min(word.find_first_not_of("=!~", sign), word.size());
    const bool is_quoted = value < word.size() && (word[value] == '"' || word[value] == '\'');
    return word.substr(0, value) +
           (is_quoted ? word.substr(value)
                      : Json(word.substr(value)).dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

std::string selector_of(const std::vector<std::string>& words) {
    if (words.size() == 1 && words[0].find('{') != std::string::npos) {
        return words[0];
    }
    std::string matchers;
    for (const auto& word : words) {
        matchers += (matchers.empty() ? "" : ",") + matcher_of(word);
    }
    return matchers.empty() ? "" : "{" + matchers + "}";
}

void add_series_commands(CLI::App& app, SeriesOptions& o, const Choose& choose) {
    auto& series = add_noun(app, "series", "What is stored");
    auto* find =
        add_verb(series, "find",
                 "Stored series and their labels; without a matcher the names, and how many series each has", [=, &o] {
                     choose("series.find", {{"selector", selector_of(o.matchers)}, {"limit", o.limit}}, true);
                 });
    find->add_option("MATCHER", o.matchers, "A name, label=value, label!=value, label=~regex, or a whole selector");
    find->add_option("--limit", o.limit, "How many rows at most (1000)")->check(CLI::Range(1, 50'000));

    auto* top = add_verb(app, "top", "Hosts by processor, memory, disk or load; live on a terminal", [=, &o] {
        choose("top", {{"sort", o.sort}}, true);
    });
    top->add_option("--sort", o.sort, "cpu, memory, disk, load or host (cpu)")
        ->check(CLI::IsMember({"cpu", "memory", "disk", "load", "host"}));
    top->add_flag("--once", o.is_once, "One picture, on a terminal too");
}

}  // namespace vigie::controller
