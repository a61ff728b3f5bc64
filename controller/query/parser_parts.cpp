#include "controller/query/parser_parts.hpp"

#include <cmath>
#include <optional>

#include "controller/query/literals.hpp"

namespace vigie::controller::query {
namespace {

bool has_no_colon(std::string_view name) {
    return name.find(':') == std::string_view::npos;
}

Parsed<int64_t> duration(TokenReader& in, std::string_view after) {
    if (in.peek().kind != TokenKind::duration) {
        return in.refuse(fmt::format("expected a duration such as 5m {}, found {}", after, in.found()));
    }
    return in.take().duration_ms;
}

Parsed<ExprPtr> bracket(TokenReader& in, ExprPtr inner) {
    const auto open = in.take().offset;
    const auto range = duration(in, "after '['");
    if (!range) {
        return tl::unexpected(range.error());
    }
    int64_t step = 0;
    const bool is_subquery = in.take_symbol(":");
    if (is_subquery && !in.is_symbol("]")) {
        const auto read = duration(in, "or ']' after ':'");
        if (!read) {
            return tl::unexpected(read.error());
        }
        step = *read;
    }
    if (!in.take_symbol("]")) {
        return in.refuse(
            fmt::format("expected {} in the brackets, found {}", is_subquery ? "']'" : "':' or ']'", in.found()));
    }
    const auto offset = inner->offset;
    if (is_subquery) {
        return make_expr(in, offset,
                         Subquery{.inner = std::move(inner), .range_ms = *range, .step_ms = step, .shift = {}});
    }
    auto* selector = std::get_if<Selector>(&inner->node);
    if (selector == nullptr || selector->range_ms != 0) {
        return refuse_at(open, "a range such as [5m] may only follow a selector; a subquery has a colon: [5m:]");
    }
    if (selector->shift.offset_ms != 0 || selector->shift.anchor != TimeShift::Anchor::none) {
        return refuse_at(open, "offset and @ stand after the range, not before it");
    }
    selector->range_ms = *range;
    inner->end = in.last_end();
    return inner;
}

TimeShift* shift_of(Expr& expr) {
    if (auto* selector = std::get_if<Selector>(&expr.node)) {
        return &selector->shift;
    }
    auto* subquery = std::get_if<Subquery>(&expr.node);
    return subquery == nullptr ? nullptr : &subquery->shift;
}

Parsed<ExprPtr> offset(TokenReader& in, ExprPtr expr) {
    const auto place = in.take().offset;
    const bool is_negative = in.take_symbol("-");
    const auto read = duration(in, "after 'offset'");
    if (!read) {
        return tl::unexpected(read.error());
    }
    auto* shift = shift_of(*expr);
    if (shift == nullptr) {
        return refuse_at(place, "'offset' may only follow a selector or a subquery");
    }
    if (shift->offset_ms != 0) {
        return refuse_at(place, "'offset' stands twice");
    }
    shift->offset_ms = is_negative ? -*read : *read;
    expr->end = in.last_end();
    return expr;
}

// @ is followed by start(), end(), or a time in seconds.
Parsed<ExprPtr> at(TokenReader& in, ExprPtr expr) {
    const auto place = in.take().offset;
    TimeShift read;
    const bool is_start = in.is_keyword("start");
    if (is_start || in.is_keyword("end")) {
        in.take();
        if (!in.take_symbol("(") || !in.take_symbol(")")) {
            return in.refuse(fmt::format("expected '()' after @ start or @ end, found {}", in.found()));
        }
        read.anchor = is_start ? TimeShift::Anchor::start : TimeShift::Anchor::end;
    } else {
        const bool is_negative = in.is_symbol("-");
        if (is_negative || in.is_symbol("+")) {
            in.take();
        }
        if (in.peek().kind != TokenKind::number) {
            return in.refuse(fmt::format("expected a time in seconds, start() or end() after @, found {}", in.found()));
        }
        const auto seconds = in.take().number;
        const auto ms = std::round((is_negative ? -seconds : seconds) * 1000);
        if (!(std::fabs(ms) < 9.2e18)) {
            return refuse_at(place, "the time after @ is out of bounds");
        }
        read.anchor = TimeShift::Anchor::time;
        read.unix_ms = static_cast<int64_t>(ms);
    }
    auto* shift = shift_of(*expr);
    if (shift == nullptr) {
        return refuse_at(place, "@ may only follow a selector or a subquery");
    }
    if (shift->anchor != TimeShift::Anchor::none) {
        return refuse_at(place, "@ stands twice");
    }
    read.offset_ms = shift->offset_ms;
    *shift = read;
    expr->end = in.last_end();
    return expr;
}

Parsed<void> matcher(TokenReader& in, Selector& node) {
    if (in.peek().kind != TokenKind::word) {
        return in.refuse(fmt::format("expected a label name or '}}', found {}", in.found()));
    }
    const auto label = in.take();
    const auto kind = in.is_symbol("=")    ? std::optional(Matcher::Kind::equal)
                      : in.is_symbol("!=") ? std::optional(Matcher::Kind::not_equal)
                      : in.is_symbol("=~") ? std::optional(Matcher::Kind::regex)
                      : in.is_symbol("!~") ? std::optional(Matcher::Kind::not_regex)
                                           : std::nullopt;
    if (!kind) {
        return in.refuse(fmt::format("expected =, !=, =~ or !~ after label '{}', found {}", label.text, in.found()));
    }
    in.take();
    if (in.peek().kind != TokenKind::string) {
        return in.refuse(fmt::format("expected a string after label '{}', found {}", label.text, in.found()));
    }
    auto made = Matcher::make(label.text, *kind, in.peek().text);
    if (!made) {
        return in.refuse(made.error().message, made.error().code);
    }
    in.take();
    node.matchers.push_back(std::move(*made));
    return {};
}

}  // namespace

tl::unexpected<ParseError> refuse_at(size_t offset, std::string message) {
    return tl::unexpected(ParseError{ErrorCode::malformed, offset, std::move(message)});
}

tl::unexpected<ParseError> too_deep(size_t offset) {
    return tl::unexpected(ParseError{
        ErrorCode::too_large, offset,
        fmt::format("the expression nests deeper than {}: split it, or use a regular expression", depth_max)});
}

Parsed<ExprPtr> finish(const TokenReader& in, size_t offset, std::unique_ptr<Expr> expr) {
    expr->offset = offset;
    expr->end = in.last_end();
    for (const auto* part : parts_of(*expr)) {
        expr->depth = std::max(expr->depth, part->depth + 1);
    }
    if (expr->depth > depth_max) {
        return too_deep(offset);
    }
    return expr;
}

Parsed<void> read_label_list(TokenReader& in, std::vector<std::string>& labels) {
    if (!in.take_symbol("(")) {
        return in.refuse(fmt::format("expected '(' and label names, found {}", in.found()));
    }
    while (!in.take_symbol(")")) {
        const auto& token = in.peek();
        // Prometheus's grammar has every keyword as a label but this one.
        if (token.kind != TokenKind::word || !has_no_colon(token.text) || in.is_keyword("without")) {
            return in.refuse(fmt::format("expected a label name, found {}", in.found()));
        }
        labels.push_back(in.take().text);
        if (!in.take_symbol(",") && !in.is_symbol(")")) {
            return in.refuse(fmt::format("expected ',' or ')' after a label name, found {}", in.found()));
        }
    }
    return {};
}

Parsed<Selector> read_selector(TokenReader& in) {
    Selector node;
    if (in.peek().kind == TokenKind::word) {
        if (in.is_reserved()) {
            return in.refuse(fmt::format("expected an expression, found the keyword {}", in.found()));
        }
        node.name = in.take().text;
    } else if (!in.is_symbol("{")) {
        return in.refuse(fmt::format("expected a metric name or '{{', found {}", in.found()));
    }
    if (in.take_symbol("{")) {
        while (!in.take_symbol("}")) {
            if (auto read = matcher(in, node); !read) {
                return tl::unexpected(read.error());
            }
            if (!in.take_symbol(",") && !in.is_symbol("}")) {
                return in.refuse(fmt::format("expected ',' or '}}' after a label matcher, found {}", in.found()));
            }
        }
    }
    if (!node.name.empty()) {
        auto made = Matcher::make(metric_name_label, Matcher::Kind::equal, node.name);
        node.matchers.push_back(std::move(*made));
    }
    return node;
}

Parsed<ExprPtr> read_suffixes(TokenReader& in, ExprPtr expr) {
    Parsed<ExprPtr> read = std::move(expr);
    while (read) {
        if (in.is_symbol("[")) {
            read = bracket(in, std::move(*read));
        } else if (in.is_keyword("offset")) {
            read = offset(in, std::move(*read));
        } else if (in.is_symbol("@")) {
            read = at(in, std::move(*read));
        } else {
            break;
        }
    }
    return read;
}

}  // namespace vigie::controller::query
