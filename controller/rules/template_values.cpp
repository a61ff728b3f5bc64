#include "controller/rules/template_values.hpp"

#include <array>

#include "controller/rules/humanize.hpp"

namespace vigie::controller::rules::templates {

// "2015-01-01 00:00:00 +0000 UTC", with a fraction when there is one.
std::string go_time(WallTime time) {
    auto text = to_rfc3339(time);  // 2015-01-01T00:00:00.000Z
    text[10] = ' ';
    auto fraction = text.substr(19, 4);
    fraction.resize(fraction.find_last_not_of('0') + 1);
    return text.substr(0, 19) + (fraction == "." ? "" : fraction) + " +0000 UTC";
}

namespace {

struct Printer {
    std::string operator()(Nothing) const { return "<nil>"; }
    std::string operator()(bool value) const { return value ? "true" : "false"; }
    std::string operator()(int64_t value) const { return fmt::format("{}", value); }
    std::string operator()(double value) const { return plain_number(value); }
    std::string operator()(const std::string& value) const { return value; }
    std::string operator()(LabelsOf labels) const {
        std::string out = "map[";
        for (const auto& [name, value] : *labels) {
            out += fmt::format("{}{}:{}", out.back() == '[' ? "" : " ", name, value);
        }
        return out + "]";
    }
    std::string operator()(Input) const { return "{}"; }
    std::string operator()(FieldsOf fields) const {
        std::string out;
        for (const auto& [name, value] : fields->all) {
            out += (out.empty() ? "" : " ") + std::visit(Printer{}, value);
        }
        return "{" + out + "}";
    }
    std::string operator()(ListOf list) const {
        std::string out;
        for (const auto& value : list->items) {
            out += (out.empty() ? "" : " ") + std::visit(Printer{}, value);
        }
        return "[" + out + "]";
    }
    std::string operator()(WallTime time) const { return go_time(time); }
    std::string operator()(const Markup& markup) const { return markup.text; }
};

struct Truth {
    bool operator()(Nothing) const { return false; }
    bool operator()(bool value) const { return value; }
    bool operator()(int64_t value) const { return value != 0; }
    bool operator()(double value) const { return value != 0; }
    bool operator()(const std::string& value) const { return !value.empty(); }
    bool operator()(LabelsOf labels) const { return !labels->empty(); }
    bool operator()(Input) const { return true; }
    bool operator()(FieldsOf) const { return true; }
    bool operator()(ListOf list) const { return !list->items.empty(); }
    bool operator()(WallTime) const { return true; }
    bool operator()(const Markup& markup) const { return !markup.text.empty(); }
};

}  // namespace

std::string printed(const Value& value) {
    return std::visit(Printer{}, value);
}

bool is_true(const Value& value) {
    return std::visit(Truth{}, value);
}

std::string_view type_of(const Value& value) {
    static constexpr std::array<std::string_view, 11> names{
        "nil",    "bool",   "int",  "float64",   "string", "map[string]string",
        "struct", "struct", "list", "time.Time", "string"};
    return names.at(value.index());
}

}  // namespace vigie::controller::rules::templates
