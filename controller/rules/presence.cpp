// The text of an expression with its filters taken out: pieces of the original around the texts of its parts.
#include "controller/rules/presence.hpp"

#include <map>

#include "controller/query/literals.hpp"
#include "controller/rules/alert_series.hpp"

namespace vigie::controller::rules {
namespace {

using namespace query;

class Writer {
  public:
    explicit Writer(std::string_view text) : text_(text) {}

    std::string write(const Expr& expr) {
        // Where there is no alert it has nothing, and that is known at any time.
        if (expr.type == ValueType::vector && is_of_alerts(expr)) {
            has_open_labels = true;
            return always;
        }
        if (const auto* binary = std::get_if<Binary>(&expr.node)) {
            return write_binary(expr, *binary);
        }
        if (const auto* aggregation = std::get_if<Aggregation>(&expr.node)) {
            const auto aggregator = aggregation->aggregator;
            has_open_labels |= aggregator == Aggregator::count_values;
            // Which ones are among the first k depends on values too, but all of them are there.
            const bool is_choice = aggregator == Aggregator::topk || aggregator == Aggregator::bottomk ||
                                   aggregator == Aggregator::count_values;
            return is_choice ? "(" + write(*aggregation->operand) + ")" : write_parts(expr);
        }
        if (const auto* call = std::get_if<Call>(&expr.node)) {
            const bool is_absent = call->function->name == "absent" || call->function->name == "absent_over_time";
            return is_absent ? labels_of_absent(bare(*call->arguments.front())) : write_parts(expr);
        }
        return write_parts(expr);
    }

    bool has_open_labels = false;

  private:
    std::string write_binary(const Expr& expr, const Binary& binary) {
        if (binary.op == Operator::logical_unless) {
            return "(" + write(*binary.left) + ")";
        }
        if (binary.left->type == ValueType::vector && binary.right->type == ValueType::vector &&
            is_of_alerts(*binary.left) != is_of_alerts(*binary.right)) {
            return write_beside_alerts(binary);
        }
        // What the left side hides by its labels for matching is there all the same.
        if (binary.op == Operator::logical_or && (binary.matching.is_on || !binary.matching.labels.empty())) {
            return "(" + write(*binary.left) + ") or (" + write(*binary.right) + ")";
        }
        const bool is_filter = is_comparison(binary.op) && !binary.returns_bool && expr.type == ValueType::vector;
        if (!is_filter) {
            return write_parts(expr);
        }
        if (binary.left->type != ValueType::vector) {
            return "(" + write(*binary.right) + ")";
        }
        if (binary.right->type != ValueType::vector) {
            return "(" + write(*binary.left) + ")";
        }
        // As a number, 0 or 1, it has the same labels but for the name, which alerts have not.
        const auto after_operator = expr.operator_offset + name_of(binary.op).size();
        return write(*binary.left) + between(binary.left->end, after_operator) + " bool " +
               between(after_operator, binary.right->offset) + write(*binary.right);
    }

    // What there is to compare is the other side; with `and` its labels are those of the result.
    std::string write_beside_alerts(const Binary& binary) {
        const bool is_left = is_of_alerts(*binary.left);
        has_open_labels |= is_left || binary.op != Operator::logical_and;
        return "(" + write(is_left ? *binary.right : *binary.left) + ")";
    }

    std::string write_parts(const Expr& expr) {
        std::string out;
        auto at = expr.offset;
        for (const auto* part : parts_of(expr)) {
            out += between(at, part->offset) + write(*part);
            at = part->end;
        }
        return out + between(at, expr.end);
    }

    std::string between(size_t from, size_t to) const { return std::string(text_.substr(from, to - from)); }

    // Whether a series is absent is known whenever it is asked, so the label set that tells of it is always there.
    static std::string labels_of_absent(const Expr& argument) {
        std::string out = always;
        const auto* selector = std::get_if<Selector>(&argument.node);
        if (selector == nullptr) {
            return out;
        }
        std::map<std::string, int> times;
        for (const auto& one : selector->matchers) {
            ++times[one.label()];
        }
        for (const auto& one : selector->matchers) {
            const bool is_taken = one.kind() == Matcher::Kind::equal && one.label() != metric_name_label &&
                                  times[one.label()] == 1 && !one.value().empty();
            if (is_taken) {
                std::string value;
                for (const char c : one.value()) {
                    value += c == '$' ? "$$" : std::string(1, c);
                }
                out = fmt::format("label_replace({}, {}, {}, {}, \".*\")", out, quoted(one.label()), quoted(value),
                                  quoted(one.label()));
            }
        }
        return out;
    }

    static constexpr const char* always = "vector(1)";
    std::string_view text_;
};

}  // namespace

Result<Presence> presence_of(const Expression& expression) {
    Writer writer(expression.text());
    auto text = writer.write(expression.root());
    auto parsed = Expression::parse(text);
    if (!parsed) {
        return fail(ErrorCode::too_large, "the expression is too deep or too long for a rule: {}",
                    parsed.error().message);
    }
    return Presence{std::move(*parsed), writer.has_open_labels};
}

}  // namespace vigie::controller::rules
