#include "controller/rules/series_notation.hpp"

#include <bit>
#include <charconv>
#include <limits>

#include "controller/query/parser.hpp"
#include "controller/query/source.hpp"

namespace vigie::controller::rules {
namespace {

// Takes a number with its sign from the front; hexadecimal ones are ambiguous here and not taken.
std::optional<double> take_number(std::string_view& text) {
    const bool is_signed = text.starts_with('+') || text.starts_with('-');
    const double sign = text.starts_with('-') ? -1 : 1;
    auto rest = text.substr(is_signed ? 1 : 0);
    const auto is_word = [&rest](std::string_view word) {
        return rest.size() >= word.size() && std::equal(word.begin(), word.end(), rest.begin(), [](char a, char b) {
                   return a == (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b);
               });
    };
    double number = 0;
    if (is_word("inf") || is_word("nan")) {
        number = is_word("inf") ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
        rest.remove_prefix(3);
    } else {
        const bool is_digit = !rest.empty() && ((rest[0] >= '0' && rest[0] <= '9') || rest[0] == '.');
        const auto read = std::from_chars(rest.data(), rest.data() + rest.size(), number);
        if (!is_digit || read.ec != std::errc{}) {
            return std::nullopt;
        }
        rest = rest.substr(static_cast<size_t>(read.ptr - rest.data()));
    }
    text = rest;
    return sign * number;
}

// Takes "x12" from the front, which must be all that is left; 0 when nothing is left.
std::optional<size_t> take_times(std::string_view text) {
    if (text.empty()) {
        return 0;
    }
    size_t times = 0;
    const auto read = std::from_chars(text.data() + 1, text.data() + text.size(), times);
    const bool is_whole = text[0] == 'x' && read.ec == std::errc{} && read.ptr == text.data() + text.size();
    return is_whole ? std::optional(times) : std::nullopt;
}

Result<void> add_word(std::string_view word, std::vector<std::optional<double>>& into) {
    auto rest = word;
    std::optional<double> value;
    double step = 0;
    bool is_missing = false;
    if (word == "stale") {
        into.emplace_back(std::bit_cast<double>(query::stale_bits));
        return {};
    }
    if (rest.starts_with('_')) {
        is_missing = true;
        rest.remove_prefix(1);
    } else {
        value = take_number(rest);
        if (value && !rest.empty() && rest[0] != 'x') {
            const auto read = take_number(rest);
            value = read && !rest.empty() ? value : std::nullopt;  // a step without "x12" means nothing
            step = read.value_or(0);
        }
    }
    const auto times = value || is_missing ? take_times(rest) : std::nullopt;
    if (!times) {
        return fail(ErrorCode::malformed, "'{}' is no value: write 1, 1x3, 1+2x3, _, _x3 or stale", word);
    }
    // "_x3" are three intervals, "1x3" one and three more.
    const auto count = is_missing && !rest.empty() ? *times : *times + 1;
    if (count > notation_values_max - into.size()) {
        return fail(ErrorCode::too_large, "more than {} values", notation_values_max);
    }
    for (size_t i = 0; i < count; ++i) {
        into.push_back(value);
        value = value ? std::optional(*value + step) : value;
    }
    return {};
}

}  // namespace

Result<query::Labels> parse_metric(std::string_view text) {
    const auto bare = text.substr(std::min(text.find_first_not_of(" \t\n"), text.size()));
    if (bare.substr(0, bare.find_last_not_of(" \t\n") + 1) == "{}") {
        return query::Labels{};
    }
    const auto matchers = query::parse_matchers(text);
    if (!matchers) {
        return fail(query::to_error(matchers.error(), text));
    }
    query::Labels labels;
    for (const auto& one : *matchers) {
        if (one.kind() != query::Matcher::Kind::equal) {
            return fail(ErrorCode::malformed, "label '{}': a series has labels as name=\"value\"", one.label());
        }
        if (!labels.emplace(one.label(), one.value()).second) {
            return fail(ErrorCode::malformed, "label '{}' stands twice", one.label());
        }
    }
    return labels;
}

Result<std::vector<std::optional<double>>> parse_values(std::string_view text) {
    std::vector<std::optional<double>> values;
    while (true) {
        text.remove_prefix(std::min(text.find_first_not_of(" \t\n"), text.size()));
        if (text.empty()) {
            return values;
        }
        const auto end = std::min(text.find_first_of(" \t\n"), text.size());
        VIGIE_CHECK(add_word(text.substr(0, end), values));
        text.remove_prefix(end);
    }
}

}  // namespace vigie::controller::rules
