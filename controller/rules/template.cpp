// Fills a template in: walks its blocks with the variables that are in sight.
#include "controller/rules/template.hpp"

#include <set>

#include "controller/rules/template_data.hpp"
#include "controller/rules/template_functions.hpp"
#include "controller/rules/template_tree.hpp"

namespace vigie::controller::rules {
namespace templates {
namespace {

// Nested ranges over labels multiply; a page is read by people. So much makes a function, too.
constexpr size_t text_bytes_max = result_bytes_max;
constexpr size_t steps_max = 100'000;
// Of lists and label sets that are made on the way: 20 MB of values. A label set's pairs for each of 1,000 alerts are
// 60,000.
constexpr size_t kept_items_max = 500'000;
// Of templates that include each other.
constexpr int includes_max = 16;

const Labels no_labels;
const TemplateWorld no_world;
const TemplateInput no_input{no_labels, 0, no_world};
const Definitions no_definitions;

class Expansion {
  public:
    explicit Expansion(const TemplateInput& input) : input_(input) {
        variables_ = {{"", Value(Input{})},
                      {"labels", Value(&input.labels)},
                      {"externalLabels", Value(&input.world.external_labels)},
                      {"externalURL", Value(input.world.external_url)},
                      {"value", Value(input.value)}};
    }

    Expansion(Value data, const Definitions& definitions, Escape escape)
        : input_(no_input), definitions_(definitions), escape_(escape), is_of_messages_(true) {
        variables_ = {{"", std::move(data)}};
    }

    Result<void> run(const Block& block, const Value& dot) {
        const auto variables = variables_.size();
        for (const auto& node : block.nodes) {
            VIGIE_CHECK(step());
            if (const auto* text = std::get_if<std::string>(&node)) {
                VIGIE_CHECK(write(is_plain_text_ && escape_ != nullptr ? escape_(*text) : *text));
            } else if (const auto* pipeline = std::get_if<Pipeline>(&node)) {
                VIGIE_TRY(const auto value, evaluate(*pipeline, dot));
                if (pipeline->declares.empty()) {
                    const bool is_escaped = escape_ != nullptr && !std::holds_alternative<Markup>(value);
                    VIGIE_CHECK(write(is_escaped ? escape_(printed(value)) : printed(value)));
                }
            } else if (const auto* included = std::get_if<Include>(&node)) {
                VIGIE_CHECK(include(*included, dot));
            } else {
                VIGIE_CHECK(branch(std::get<Branch>(node), dot));
            }
        }
        variables_.resize(variables);
        return {};
    }

    std::string take() { return std::move(out_); }
    // It ended because there was too much, and what is written is a beginning.
    bool is_cut() const { return is_cut_ && !out_.empty(); }

  private:
    Result<void> cut(std::string why) {
        is_cut_ = true;
        return fail(ErrorCode::too_large, "{}", why);
    }

    Result<void> step() { return ++steps_ > steps_max ? cut("the template takes too many steps") : Result<void>(); }

    Result<void> write(std::string_view text) {
        if (out_.size() + text.size() > text_bytes_max) {
            return cut(fmt::format("the text grows beyond {} bytes", text_bytes_max));
        }
        out_ += text;
        return {};
    }

    Result<void> check_kept() {
        return arena_.items > kept_items_max ? cut("the template makes too many lists") : Result<void>();
    }

    Result<void> include(const Include& included, const Value& dot) {
        const auto found = definitions_.find(included.name);
        if (found == definitions_.end() || depth_ == includes_max) {
            return found == definitions_.end()
                       ? fail(ErrorCode::not_found, "there is no template '{}'", included.name)
                       : fail(ErrorCode::too_large, "templates include each other more than {} deep", includes_max);
        }
        Value data = Nothing{};
        if (!included.argument.commands.empty()) {
            VIGIE_TRY(data, evaluate(included.argument, dot));
        }
        const auto outside = std::exchange(variables_, {{"", data}});
        const bool was_plain_text = std::exchange(is_plain_text_, found->second.is_plain_text);
        ++depth_;
        auto outcome = run(*found->second.block, data);
        --depth_;
        is_plain_text_ = was_plain_text;
        variables_ = outside;
        return outcome;
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
        if (const auto* list = std::get_if<ListOf>(&over)) {
            return range_list(branch, **list, dot);
        }
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

    Result<void> range_list(const Branch& branch, const List& list, const Value& dot) {
        const auto& names = branch.pipeline.declares;
        for (size_t i = 0; i < list.items.size(); ++i) {
            if (!names.empty()) {
                set(names.back(), list.items[i]);
            }
            if (names.size() == 2) {
                set(names.front(), Value(static_cast<int64_t>(i)));
            }
            VIGIE_CHECK(run(*branch.body, list.items[i]));
        }
        return list.items.empty() && branch.otherwise != nullptr ? run(*branch.otherwise, dot) : Result<void>();
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
        if (!command.method.empty()) {
            VIGIE_TRY(const auto value, resolve(command.operands[0], dot));
            VIGIE_TRY(const auto argument, resolve(command.operands[1], dot));
            VIGIE_TRY(auto result, call_method(value, command.method, argument, arena_));
            VIGIE_CHECK(check_kept());
            return result;
        }
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
        VIGIE_TRY(auto result,
                  call_template_function(command.function, arguments, {input_.world.external_url, arena_}));
        VIGIE_CHECK(check_kept());
        if (const auto* text = std::get_if<std::string>(&result); text != nullptr && text->size() > result_bytes_max) {
            return fail(ErrorCode::too_large, "{} makes more than {} bytes", command.function, result_bytes_max);
        }
        if (is_of_messages_ && command.function == "safeHtml") {
            return Value(Markup{printed(result)});
        }
        return result;
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
            VIGIE_CHECK(check_kept());
        }
        return value;
    }

    // Of labels one that is not there is an empty text, as in Prometheus.
    Result<Value> field_of(const Value& value, const std::string& field) {
        if (is_of_messages_) {
            return field_of_data(value, field, arena_);
        }
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
    const Definitions& definitions_ = no_definitions;
    Escape escape_ = nullptr;
    bool is_of_messages_ = false;
    Arena arena_;
    int depth_ = 0;               // of includes
    bool is_plain_text_ = false;  // of the definition that is being run
    std::vector<std::pair<std::string, Value>> variables_;
    std::string out_;
    size_t steps_ = 0;
    bool is_cut_ = false;
};

std::optional<std::string> missing_of(const Block& block, const Definitions& definitions, std::set<std::string>& seen) {
    for (const auto& node : block.nodes) {
        const Block* inside[2] = {};
        if (const auto* included = std::get_if<Include>(&node)) {
            const auto found = definitions.find(included->name);
            if (found == definitions.end()) {
                return included->name;
            }
            inside[0] = seen.insert(included->name).second ? found->second.block.get() : nullptr;
        } else if (const auto* branch = std::get_if<Branch>(&node)) {
            inside[0] = branch->body.get();
            inside[1] = branch->otherwise.get();
        }
        for (const auto* one : inside) {
            if (auto missing = one == nullptr ? std::nullopt : missing_of(*one, definitions, seen)) {
                return missing;
            }
        }
    }
    return std::nullopt;
}

}  // namespace
}  // namespace templates

query::Parsed<Template> Template::parse(std::string_view text, templates::Dialect dialect) {
    auto block = templates::parse_block(text, dialect);
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

Result<std::string> Template::expand(const templates::Fields& data, const templates::Definitions& definitions,
                                     Escape escape) const {
    if (block_ == nullptr) {
        return text_;
    }
    const templates::Value dot(&data);
    templates::Expansion expansion(dot, definitions, escape);
    if (auto outcome = expansion.run(*block_, dot); !outcome) {
        return expansion.is_cut() ? Result<std::string>(expansion.take() + "\n…") : tl::unexpected(outcome.error());
    }
    return expansion.take();
}

std::optional<std::string> Template::missing_in(const templates::Definitions& definitions) const {
    std::set<std::string> seen;
    return block_ == nullptr ? std::nullopt : templates::missing_of(*block_, definitions, seen);
}

}  // namespace vigie::controller::rules
