#include "controller/web/form.hpp"

#include <optional>

namespace vigie::controller::web {
namespace {

int digit_of(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

// nullopt: a % that two hexadecimal digits do not follow.
std::optional<std::string> unescaped(std::string_view text, bool is_plus_blank) {
    std::string out;
    out.reserve(text.size());
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && is_plus_blank) {
            out += ' ';
            continue;
        }
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        const int high = i + 1 < text.size() ? digit_of(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? digit_of(text[i + 2]) : -1;
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

void add_field(Form& form, std::string_view text) {
    const auto refuse = [&form](std::string_view why) {
        if (form.problem.empty()) {
            form.problem = why;
        }
    };
    if (text.find(';') != std::string_view::npos) {
        return refuse("invalid semicolon separator in query");
    }
    const auto equals = std::min(text.find('='), text.size());
    auto name = unescaped(text.substr(0, equals), true);
    auto value = unescaped(text.substr(std::min(equals + 1, text.size())), true);
    if (!name || !value) {
        return refuse("invalid URL escape: a % needs two hexadecimal digits behind it");
    }
    form.add(std::move(*name), std::move(*value));
}

}  // namespace

void Form::append(Form other) {
    std::move(other.fields_.begin(), other.fields_.end(), std::back_inserter(fields_));
    if (problem.empty()) {
        problem = std::move(other.problem);
    }
}

std::string_view Form::first(std::string_view name) const {
    const auto found =
        std::find_if(fields_.begin(), fields_.end(), [name](const Field& one) { return one.name == name; });
    return found == fields_.end() ? std::string_view() : std::string_view(found->value);
}

std::vector<std::string> Form::all(std::string_view name) const {
    std::vector<std::string> values;
    for (const auto& field : fields_) {
        if (field.name == name) {
            values.push_back(field.value);
        }
    }
    return values;
}

Result<Form> parse_form(std::string_view text) {
    Form form;
    size_t fields = 0;
    while (!text.empty()) {
        const auto end = std::min(text.find('&'), text.size());
        if (const auto field = text.substr(0, end); !field.empty()) {
            if (++fields > form_fields_max) {
                return fail(ErrorCode::too_large, "a request has more than {} parameters", form_fields_max);
            }
            add_field(form, field);
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return form;
}

Result<Target> parse_target(std::string_view text) {
    const auto mark = text.find('?');
    auto path = unescaped(text.substr(0, mark), false);
    if (!path || !path->starts_with('/')) {
        return fail(ErrorCode::malformed, "the path of a request begins with / and has no broken escapes");
    }
    return Target{std::move(*path), mark == std::string_view::npos ? std::string_view() : text.substr(mark + 1)};
}

}  // namespace vigie::controller::web
