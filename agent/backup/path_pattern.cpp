// Parts of paths against parts of patterns.
#include "agent/backup/path_pattern.hpp"

#include <algorithm>
#include <optional>
#include <tuple>

namespace vigie::agent::backup {
namespace {

constexpr std::string_view any_parts = "**";

std::vector<std::string_view> parts_of(std::string_view path) {
    std::vector<std::string_view> parts;
    for (size_t begin = 0; begin < path.size();) {
        const auto slash = std::min(path.find('/', begin), path.size());
        const auto part = path.substr(begin, slash - begin);
        if (!part.empty() && part != ".") {
            parts.push_back(part);
        }
        begin = slash + 1;
    }
    return parts;
}

// How many bytes the first character has: of UTF-8, or 1 where it is none.
size_t character_bytes(std::string_view text) {
    const auto first = static_cast<uint8_t>(text[0]);
    const size_t length = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 1;
    const bool is_whole =
        length <= text.size() && std::all_of(text.begin() + 1, text.begin() + static_cast<long>(length),
                                             [](char c) { return (c & 0xc0) == 0x80; });
    return is_whole ? length : 1;
}

// Takes one character of a pattern or a set off the front; a backslash takes the next as it is. Empty at the end.
std::string_view take_character(std::string_view& text) {
    if (text.size() > 1 && text[0] == '\\') {
        text.remove_prefix(1);
    }
    if (text.empty()) {
        return {};
    }
    const auto character = text.substr(0, character_bytes(text));
    text.remove_prefix(character.size());
    return character;
}

// UTF-8 sorts as its code points do: longer ones are larger, and of the same length byte by byte.
bool is_at_most(std::string_view a, std::string_view b) {
    return a.size() != b.size() ? a.size() < b.size() : a <= b;
}

// Takes a set, whose [ is gone already, off the front. Nothing when it has no end.
std::optional<bool> take_set(std::string_view& pattern, std::string_view character) {
    const bool is_negated = pattern.starts_with('^');
    pattern.remove_prefix(is_negated ? 1 : 0);
    bool is_in = false;
    for (bool is_first = true; is_first || !pattern.starts_with(']'); is_first = false) {
        const auto low = take_character(pattern);
        auto high = low;
        if (pattern.size() > 1 && pattern[0] == '-') {
            pattern.remove_prefix(1);
            high = take_character(pattern);
        }
        if (low.empty() || high.empty() || pattern.empty()) {
            return std::nullopt;
        }
        is_in = is_in || (is_at_most(low, character) && is_at_most(character, high));
    }
    pattern.remove_prefix(1);
    return is_in != is_negated;
}

// One character of the name against the front of a pattern that is no star; takes both off.
bool take_match(std::string_view& pattern, std::string_view& name) {
    const auto character = name.substr(0, character_bytes(name));
    name.remove_prefix(character.size());
    if (pattern[0] == '?') {
        pattern.remove_prefix(1);
        return true;
    }
    if (pattern[0] == '[') {
        pattern.remove_prefix(1);
        return take_set(pattern, character).value_or(false);
    }
    return take_character(pattern) == character;
}

bool is_part_well_formed(std::string_view pattern) {
    while (!pattern.empty()) {
        if (pattern[0] == '[') {
            pattern.remove_prefix(1);
            if (!take_set(pattern, "x")) {
                return false;
            }
        } else if (pattern == "\\") {
            return false;
        } else {
            take_character(pattern);
        }
    }
    return true;
}

}  // namespace

// A star that fails is tried one character longer; only the last one needs to be, for it can take what an earlier one
// would.
bool matches_part(std::string_view pattern, std::string_view name) {
    std::optional<std::pair<std::string_view, std::string_view>> retry;
    for (;;) {
        if (pattern.starts_with('*')) {
            pattern.remove_prefix(1);
            retry = {pattern, name};
        } else if (pattern.empty() && name.empty()) {
            return true;
        } else if (pattern.empty() || name.empty() || !take_match(pattern, name)) {
            if (!retry || retry->second.empty()) {
                return false;
            }
            retry->second.remove_prefix(character_bytes(retry->second));
            std::tie(pattern, name) = *retry;
        }
    }
}

Result<PathPattern> PathPattern::parse(std::string_view text) {
    PathPattern pattern;
    auto rest = text;
    if (rest.starts_with('!')) {
        pattern.is_negated_ = true;
        rest.remove_prefix(1);
    }
    pattern.is_rooted_ = rest.starts_with('/');
    for (const auto part : parts_of(rest)) {
        if (!is_part_well_formed(part)) {
            return fail(ErrorCode::malformed, "pattern '{}': [ without ], or a \\ at the end", text.substr(0, 256));
        }
        pattern.parts_.emplace_back(part);
    }
    if (pattern.parts_.empty() && !pattern.is_rooted_) {
        return fail(ErrorCode::malformed, "pattern '{}' is empty", text.substr(0, 256));
    }
    return pattern;
}

// As matches_part, with parts for characters and ** for the star.
bool PathPattern::fits(const Parts& path, size_t from, bool to_end) const {
    size_t at = 0;
    std::optional<std::pair<size_t, size_t>> retry;
    for (;;) {
        const bool is_over = at == parts_.size();
        if (is_over && (!to_end || from == path.size())) {
            return true;
        }
        if (!is_over && parts_[at] == any_parts) {
            retry = {++at, from};
        } else if (!is_over && from < path.size() && matches_part(parts_[at], path[from])) {
            ++at;
            ++from;
        } else {
            if (!retry || retry->second >= path.size()) {
                return false;
            }
            ++retry->second;
            std::tie(at, from) = *retry;
        }
    }
}

bool PathPattern::fits_anywhere(const Parts& path, bool to_end) const {
    for (size_t from = 0; from <= (is_rooted_ ? 0 : path.size()); ++from) {
        if (fits(path, from, to_end)) {
            return true;
        }
    }
    return false;
}

bool PathPattern::matches(std::string_view path) const {
    return fits_anywhere(parts_of(path), false);
}

bool PathPattern::matches_entry(std::string_view path) const {
    return fits_anywhere(parts_of(path), true);
}

bool PathPattern::may_match_below(std::string_view path) const {
    if (!is_rooted_) {
        return true;
    }
    const auto path_parts = parts_of(path);
    for (size_t at = 0; at < std::min(path_parts.size(), parts_.size()); ++at) {
        if (parts_[at] == any_parts) {
            return true;
        }
        if (!matches_part(parts_[at], path_parts[at])) {
            return false;
        }
    }
    return true;
}

Result<void> PathPatterns::add(std::string_view text) {
    VIGIE_TRY(auto pattern, PathPattern::parse(text));
    patterns_.push_back(std::move(pattern));
    return {};
}

Result<void> PathPatterns::add_lines(std::string_view text, std::string_view what) {
    for (size_t number = 1; !text.empty(); ++number) {
        const auto end = std::min(text.find('\n'), text.size());
        auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const auto blanks = " \t\r";
        line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
        line = line.substr(0, line.find_last_not_of(blanks) + 1);
        if (line.empty() || line.starts_with('#')) {
            continue;
        }
        if (const auto added = add(line); !added) {
            return fail(added.error().at(fmt::format("{}:{}", what, number)));
        }
    }
    return {};
}

bool PathPatterns::matches(std::string_view path) const {
    if (patterns_.empty()) {
        return false;
    }
    const auto parts = parts_of(path);
    bool is_matched = false;
    for (const auto& pattern : patterns_) {
        if (pattern.is_negated() == is_matched && pattern.fits_anywhere(parts, false)) {
            is_matched = !pattern.is_negated();
        }
    }
    return is_matched;
}

bool PathPatterns::matches_entry(std::string_view path) const {
    const auto parts = parts_of(path);
    return std::any_of(patterns_.begin(), patterns_.end(),
                       [&](const auto& each) { return each.fits_anywhere(parts, true); });
}

bool PathPatterns::may_match_below(std::string_view path) const {
    return std::any_of(patterns_.begin(), patterns_.end(),
                       [&](const auto& each) { return !each.is_negated() && each.may_match_below(path); });
}

}  // namespace vigie::agent::backup
