// Fills a template in: walks its blocks with the variables that are in sight.
#include "controller/rules/template.hpp"

#include "controller/rules/template_functions.hpp"
#include "controller/rules/template_tree.hpp"

namespace vigie::controller::rules {
namespace templates {
namespace {

// Nested ranges over labels multiply; a page is read by people.
constexpr size_t text_bytes_max = 256 * 1024;
constexpr size_t steps_max = 100'000;

class Expansion {
  public:
    explicit Expansion(const TemplateInput& input) : input_(input) {
        variables_ = {{"", Value(Input{})},
                      {"labels", Value(&input.labels)},
                      {"externalLabels", Value(&input.world.external_labels)},
                      {"externalURL", Value(input.world.external_url)},
                      {"value", Value(input.value)}};
    }

    Result<void> run(const Block& block, const Value& dot) {
        const auto variables = variables_.size();
        for (const auto& node : block.nodes) {
            VIGIE_CHECK(step());
            if (const auto* text = std::get_if<std::string>(&node)) {
                VIGIE_CHECK(write(*text));
            } else if (const auto* pipeline = std::get_if<Pipeline>(&node)) {
                VIGIE_TRY(const auto value, evaluate(*pipeline, dot));
                if (pipeline->declares.empty()) {
                    VIGIE_CHECK(write(printed(value)));
                }
            } else {
                VIGIE_CHECK(branch(std::get<Branch>(node), dot));
            }
        }
        variables_.resize(variables);
        return {};
    }

    std::string take() { return std::move(out_); }

  private:
    Result<void> step() {
        return ++steps_ > steps_max ? Result<void>(fail(ErrorCode::too_large, "the template takes too many steps"))
                                    : Result<void>();
    }

    Result<void> write(std::string_view text) {
        if (out_.size() + text.size() > text_bytes_max) {
            return fail(ErrorCode::too_large, "the text grows beyond {} bytes", text_bytes_max);
        }
        out_ += text;
        return {};
    }

    Result<void> branch(const Branch& branch, const Value& dot) {
        const auto variables = variables_.size();
        VIGIE_TRY(const auto value, evaluate(branch.pipeline, dot));
        if (branch.kind == Branch::Kind::range) {
            VIGIE_CHECK(range(branch, value, dot));
        } else if (is_true(value)) {
            VIGIE_CHECK(run(*branch.body, branch.kind == Branch::Kind::with ? value : dot));
        } else if (branch.otherwise != nullptr) {
            VIGIE_CHECK(run(*branch.otherwise, dot));
        }
        variables_.resize(variables);
        return {};
    }

    Result<void> range(const Branch& branch, const Value& over, const Value& dot) {
        const auto* labels = std::get_if<LabelsOf>(&over);
        if (labels == nullptr) {
            return fail(ErrorCode::malformed, "range can't iterate over {}", printed(over));
        }
        const auto& names = branch.pipeline.declares;
        for (const auto& [name, value] : **labels) {
            if (!names.empty()) {
                set(names.back(), Value(value));
            }
            if (names.size() == 2) {
                set(names.front(), Value(name));
            }
            VIGIE_CHECK(run(*branch.body, Value(value)));
        }
        return (*labels)->empty() && branch.otherwise != nullptr ? run(*branch.otherwise, dot) : Result<void>();
    }

    // The parser has seen that it is there.
    Value& variable(std::string_view name) {
        return std::find_if(variables_.rbegin(), variables_.rend(),
                            [name](const auto& one) { return one.first == name; })
            ->second;
    }
    void set(std::string_view name, Value value) { variable(name) = std::move(value); }

    Result<Value> evaluate(const Pipeline& pipeline, const Value& dot) {
        Value value = Nothing{};
        for (size_t i = 0; i < pipeline.commands.size(); ++i) {
            VIGIE_TRY(value, call(pipeline.commands[i], dot, i == 0 ? nullptr : &value));
        }
        for (const auto& name : pipeline.declares) {
            if (pipeline.is_assignment) {
                set(name, value);
            } else {
                variables_.emplace_back(name, value);
            }
        }
        return value;
    }

    Result<Value> call(const Command& command, const Value& dot, const Value* piped) {
        VIGIE_CHECK(step());
        if (command.function.empty()) {
            return resolve(command.operands.front(), dot);
        }
        const bool is_choice = command.function == "and" || command.function == "or";
        std::vector<Value> arguments;
        for (const auto& operand : command.operands) {
            VIGIE_TRY(auto value, resolve(operand, dot));
            if (is_choice && is_true(value) == (command.function == "or")) {
                return value;
            }
            arguments.push_back(std::move(value));
        }
        if (piped != nullptr) {
            arguments.push_back(*piped);
        }
        if (is_choice) {
            return arguments.empty() ? fail(ErrorCode::malformed, "{} needs an argument", command.function)
                                     : Result<Value>(arguments.back());
        }
        return call_template_function(command.function, arguments, {input_.world.external_url});
    }

    struct Start {
        Expansion& expansion;
        const Value& dot;
        Result<Value> operator()(Operand::Dot) const { return dot; }
        Result<Value> operator()(const Operand::Variable& one) const { return expansion.variable(one.name); }
        Result<Value> operator()(Operand::Nothing) const { return Value(Nothing{}); }
        Result<Value> operator()(const Operand::Inside& inside) const { return expansion.evaluate(*inside, dot); }
        template <typename Literal>
        Result<Value> operator()(const Literal& literal) const {
            return Value(literal);
        }
    };

    Result<Value> resolve(const Operand& operand, const Value& dot) {
        VIGIE_TRY(auto value, std::visit(Start{*this, dot}, operand.start));
        for (const auto& field : operand.fields) {
            VIGIE_TRY(value, field_of(value, field));
        }
        return value;
    }

    // Of labels one that is not there is an empty text, as in Prometheus.
    Result<Value> field_of(const Value& value, const std::string& field) const {
        if (const auto* labels = std::get_if<LabelsOf>(&value)) {
            const auto found = (*labels)->find(field);
            return Value(found == (*labels)->end() ? std::string() : found->second);
        }
        if (std::holds_alternative<Input>(value)) {
            if (field == "Labels") {
                return Value(&input_.labels);
            }
            if (field == "ExternalLabels") {
                return Value(&input_.world.external_labels);
            }
            if (field == "ExternalURL") {
                return Value(input_.world.external_url);
            }
            if (field == "Value") {
                return Value(input_.value);
            }
            return fail(ErrorCode::not_found, "there is no field '.{}'", field);
        }
        return fail(ErrorCode::malformed, "{} has no field '.{}'", type_of(value), field);
    }

    const TemplateInput& input_;
    std::vector<std::pair<std::string, Value>> variables_;
    std::string out_;
    size_t steps_ = 0;
};

}  // namespace
}  // namespace templates

query::Parsed<Template> Template::parse(std::string_view text) {
    auto block = templates::parse_block(text);
    if (!block) {
        return tl::unexpected(block.error());
    }
    Template parsed(text);
    parsed.block_ = std::make_shared<const templates::Block>(std::move(*block));
    return parsed;
}

Template Template::plain(std::string_view text) {
    return Template(text);
}

Result<std::string> Template::expand(const TemplateInput& input) const {
    if (block_ == nullptr) {
        return text_;
    }
    templates::Expansion expansion(input);
    VIGIE_CHECK(expansion.run(*block_, templates::Value(templates::Input{})));
    return expansion.take();
}

}  // namespace vigie::controller::rules
