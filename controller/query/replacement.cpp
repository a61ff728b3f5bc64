#include "controller/query/replacement.hpp"

#include <algorithm>

namespace vigie::controller::query {
namespace {

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

int group_of(std::string_view name, const re2::RE2& regex) {
    constexpr size_t digits_max = 8;  // more is no number of a group, and leading zeros make a name
    const bool is_number = name.find_first_not_of("0123456789") == std::string_view::npos;
    if (is_number && name.size() <= digits_max && (name.size() == 1 || name[0] != '0')) {
        return std::stoi(std::string(name));
    }
    const auto found = regex.NamedCapturingGroups().find(std::string(name));
    return found == regex.NamedCapturingGroups().end() ? -1 : found->second;
}

}  // namespace

Replacement::Replacement(std::string_view text, const re2::RE2& regex) {
    while (!text.empty()) {
        const auto dollar = text.find('$');
        add_text(text.substr(0, dollar));
        if (dollar == std::string_view::npos) {
            return;
        }
        text.remove_prefix(dollar + 1);
        if (text.starts_with('$')) {
            add_text("$");
            text.remove_prefix(1);
        } else if (!take_group(text, regex)) {
            add_text("$");
        }
    }
}

size_t Replacement::expanded_bytes(const std::vector<re2::StringPiece>& groups) const {
    size_t bytes = 0;
    for (const auto& part : parts_) {
        bytes += part.is_group ? group_text(part, groups).size() : part.text.size();
    }
    return bytes;
}

std::string Replacement::expand(const std::vector<re2::StringPiece>& groups) const {
    std::string out;
    for (const auto& part : parts_) {
        out += part.is_group ? group_text(part, groups) : std::string_view(part.text);
    }
    return out;
}

std::string_view Replacement::group_text(const Part& part, const std::vector<re2::StringPiece>& groups) {
    if (part.group < 0 || static_cast<size_t>(part.group) >= groups.size()) {
        return {};
    }
    const auto& found = groups[static_cast<size_t>(part.group)];
    return found.data() == nullptr ? std::string_view() : std::string_view(found.data(), found.size());
}

bool Replacement::take_group(std::string_view& text, const re2::RE2& regex) {
    const bool has_brace = text.starts_with('{');
    const auto start = text.substr(has_brace ? 1 : 0);
    const auto end = static_cast<size_t>(std::find_if_not(start.begin(), start.end(), is_word) - start.begin());
    if (end == 0 || (has_brace && (end == start.size() || start[end] != '}'))) {
        return false;
    }
    parts_.push_back({.is_group = true, .group = group_of(start.substr(0, end), regex)});
    text = start.substr(end + (has_brace ? 1 : 0));
    return true;
}

}  // namespace vigie::controller::query
