#include "controller/rules/template_values.hpp"

#include <array>

#include "controller/rules/humanize.hpp"

namespace vigie::controller::rules::templates {
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
};

struct Truth {
    bool operator()(Nothing) const { return false; }
    bool operator()(bool value) const { return value; }
    bool operator()(int64_t value) const { return value != 0; }
    bool operator()(double value) const { return value != 0; }
    bool operator()(const std::string& value) const { return !value.empty(); }
    bool operator()(LabelsOf labels) const { return !labels->empty(); }
    bool operator()(Input) const { return true; }
};

}  // namespace

std::string printed(const Value& value) {
    return std::visit(Printer{}, value);
}

bool is_true(const Value& value) {
    return std::visit(Truth{}, value);
}

std::string_view type_of(const Value& value) {
    static constexpr std::array<std::string_view, 7> names{
        "nil", "bool", "int", "float64", "string", "map[string]string", "struct"};
    return names.at(value.index());
}

}  // namespace vigie::controller::rules::templates
