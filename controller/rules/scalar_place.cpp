// YAML folds and re-indents white space, so only the other characters are walked through, side by side.
#include "controller/rules/scalar_place.hpp"

#include <algorithm>

namespace vigie::controller::rules {
namespace {

bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

// Of the node's first character.
size_t start_of(std::string_view text, const config::Node& scalar) {
    size_t at = 0;
    for (int i = 1; i < scalar.line && at < text.size(); ++i) {
        const auto end = text.find('\n', at);
        at = end == std::string_view::npos ? text.size() : end + 1;
    }
    return std::min(at + static_cast<size_t>(std::max(scalar.column - 1, 0)), text.size());
}

// Past the header of a block ("|", ">-").
size_t start_of_value(std::string_view text, size_t at) {
    const bool is_block = at < text.size() && (text[at] == '|' || text[at] == '>');
    return is_block ? std::min(text.find('\n', at), text.size()) : at;
}

}  // namespace

Place place_in_file(std::string_view file_text, const config::Node& scalar, size_t offset) {
    const std::string_view value = scalar.scalar;
    const auto begin = start_of_value(file_text, start_of(file_text, scalar));
    auto at = begin;
    for (size_t i = 0; i <= offset && i < value.size(); ++i) {
        if (is_space(value[i])) {
            continue;
        }
        const auto found = file_text.find(value[i], at);
        if (found == std::string_view::npos) {
            break;
        }
        at = found + (i < offset ? 1 : 0);
    }
    at = std::min(at, file_text.size());
    const auto newline = at == 0 ? std::string_view::npos : file_text.rfind('\n', at - 1);
    return {
        .line = 1 + static_cast<int>(std::count(file_text.begin(), file_text.begin() + static_cast<long>(at), '\n')),
        .column = static_cast<int>(newline == std::string_view::npos ? at + 1 : at - newline)};
}

}  // namespace vigie::controller::rules
