#include "controller/routing/route.hpp"

#include <algorithm>

namespace vigie::controller::routing {
namespace {

// Go's %q, for texts in UTF-8.
std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        switch (c) {
            case '"':
            case '\\':
                out += {'\\', c};
                break;
            case '\n':
                out += "\\n";
                break;
            case '\r':
                out += "\\r";
                break;
            case '\t':
                out += "\\t";
                break;
            default:
                out += static_cast<uint8_t>(c) < 0x20 || c == 0x7f ? fmt::format("\\x{:02x}", static_cast<uint8_t>(c))
                                                                   : std::string(1, c);
        }
    }
    return out + '"';
}

void collect(const Route& route, const Labels& labels, std::vector<const Route*>& into) {
    const auto before = into.size();
    for (const auto& child : route.routes) {
        if (is_match(child.matchers, labels)) {
            collect(child, labels, into);
            if (!child.is_continued) {
                break;
            }
        }
    }
    if (into.size() == before) {
        into.push_back(&route);
    }
}

}  // namespace

std::vector<const Route*> routes_of(const Route& root, const Labels& labels) {
    std::vector<const Route*> routes;
    collect(root, labels, routes);
    return routes;
}

Labels group_labels(const RouteOptions& options, const Labels& labels) {
    if (options.is_grouped_by_all) {
        return labels;
    }
    Labels kept;
    for (const auto& name : options.group_by) {
        if (const auto found = labels.find(name); found != labels.end()) {
            kept.insert(*found);
        }
    }
    return kept;
}

std::string group_key(const Route& route, const Labels& group_labels) {
    std::string text;
    for (const auto& [name, value] : group_labels) {
        text += fmt::format("{}{}={}", text.empty() ? "" : ", ", name, quoted(value));
    }
    return fmt::format("{}:{{{}}}", route.key, text);
}

}  // namespace vigie::controller::routing
