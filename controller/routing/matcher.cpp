#include "controller/routing/matcher.hpp"

#include <algorithm>
#include <array>
#include <tuple>

namespace vigie::controller::routing {
namespace {

constexpr std::string_view spaces = " \t\r\n\f\v";

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(spaces);
    return first == std::string_view::npos ? std::string_view()
                                           : text.substr(first, text.find_last_not_of(spaces) - first + 1);
}

bool is_name_char(char c, bool is_first) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
    return is_letter || (!is_first && c >= '0' && c <= '9');
}

constexpr std::array<std::pair<std::string_view, Matcher::Kind>, 4> operators{{{"=~", Matcher::Kind::regex},
                                                                               {"!~", Matcher::Kind::not_regex},
                                                                               {"!=", Matcher::Kind::not_equal},
                                                                               {"=", Matcher::Kind::equal}}};

std::string_view operator_of(Matcher::Kind kind) {
    const auto* found =
        std::find_if(operators.begin(), operators.end(), [&](const auto& o) { return o.second == kind; });
    return found->first;
}

// Without its quotes and escapes. A backslash before anything else stands for itself.
Result<std::string> unescaped(std::string_view raw) {
    const auto whole = raw;
    const bool is_quoted = raw.starts_with('"');
    raw.remove_prefix(is_quoted ? 1 : 0);
    std::string value;
    bool is_closed = !is_quoted;
    for (size_t i = 0; i < raw.size(); ++i) {
        const bool is_last = i + 1 == raw.size();
        if (raw[i] == '\\' && !is_last) {
            const char next = raw[++i];
            value += next == 'n'                   ? std::string("\n")
                     : next == '"' || next == '\\' ? std::string(1, next)
                                                   : std::string{'\\', next};
        } else if (raw[i] == '"') {
            if (!is_quoted || !is_last) {
                return fail(ErrorCode::malformed, "the value {} has a quote that is not escaped", whole);
            }
            is_closed = true;
        } else {
            value += raw[i];
        }
    }
    if (!is_closed) {
        return fail(ErrorCode::malformed, "the value {} lacks its closing quote", whole);
    }
    return value;
}

}  // namespace

Result<Matcher> parse_matcher(std::string_view text) {
    const auto whole = trimmed(text);
    size_t end = 0;
    while (end < whole.size() && is_name_char(whole[end], end == 0)) {
        ++end;
    }
    const auto rest = trimmed(whole.substr(end));
    const auto* found = std::find_if(operators.begin(), operators.end(),
                                     [&](const auto& one) { return end > 0 && rest.starts_with(one.first); });
    if (found == operators.end()) {
        return fail(ErrorCode::malformed, "'{}' is no matcher: write it as name=\"value\", with =, !=, =~ or !~",
                    whole);
    }
    VIGIE_TRY(auto value, unescaped(trimmed(rest.substr(found->first.size()))).map_error([&](const Error& e) {
        return e.at(fmt::format("matcher '{}'", whole));
    }));
    return Matcher::make(std::string(whole.substr(0, end)), found->second, std::move(value));
}

Result<Matchers> parse_matchers(std::string_view text) {
    auto whole = trimmed(text);
    if (whole.starts_with('{') != whole.ends_with('}')) {
        return fail(ErrorCode::malformed, "'{}' has a brace that is not closed or not opened", whole);
    }
    if (whole.starts_with('{')) {
        whole = whole.substr(1, whole.size() - 2);
    }
    Matchers all;
    bool is_quoted = false;
    size_t begin = 0;
    for (size_t i = 0; i <= whole.size(); ++i) {
        if (i == whole.size() || (whole[i] == ',' && !is_quoted)) {
            const auto part = trimmed(whole.substr(begin, i - begin));
            begin = i + 1;
            if (part.empty() && i == whole.size()) {
                break;  // a comma behind the last one
            }
            VIGIE_TRY(auto matcher, parse_matcher(part));
            all.push_back(std::move(matcher));
        } else if (whole[i] == '\\') {
            ++i;
        } else if (whole[i] == '"') {
            is_quoted = !is_quoted;
        }
    }
    if (all.empty()) {
        return fail(ErrorCode::malformed, "there is no matcher in '{}'", text);
    }
    return all;
}

bool is_match(const Matchers& matchers, const Labels& labels) {
    return std::all_of(matchers.begin(), matchers.end(), [&](const Matcher& one) { return one.is_match(labels); });
}

Result<void> check_narrow(const Matchers& matchers) {
    if (std::all_of(matchers.begin(), matchers.end(),
                    [](const Matcher& one) { return one.is_match(std::string_view()); })) {
        return fail(ErrorCode::malformed,
                    "{} also matches alerts without these labels: at least one matcher must ask for something",
                    text_of(matchers));
    }
    return {};
}

std::string text_of(const Matcher& matcher) {
    std::string value;
    for (const char c : matcher.value()) {
        value += c == '\n' ? std::string("\\n") : c == '"' || c == '\\' ? std::string{'\\', c} : std::string(1, c);
    }
    return fmt::format("{}{}\"{}\"", matcher.label(), operator_of(matcher.kind()), value);
}

std::string text_of(const Matchers& matchers) {
    std::string text;
    for (const auto& one : matchers) {
        text += (text.empty() ? "" : ",") + text_of(one);
    }
    return "{" + text + "}";
}

void sort(Matchers& matchers) {
    std::stable_sort(matchers.begin(), matchers.end(), [](const Matcher& a, const Matcher& b) {
        return std::tuple(a.label(), a.value(), a.kind()) < std::tuple(b.label(), b.value(), b.kind());
    });
}

}  // namespace vigie::controller::routing
