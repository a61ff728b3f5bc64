// Which of the two ways a rule is judged in (docs/decisions/0016): by the samples of one host alone, as they arrive, or
// by all that is stored.
#pragma once
#include <functional>
#include <set>

#include "controller/query/ast.hpp"

namespace vigie::controller::rules {

// The label that tells hosts apart. Each series that a host sends has it.
inline constexpr std::string_view host_label = "instance";

// Whether each value of the expression's result follows from the samples that one host took at the time of evaluation,
// and says by `host_label` from which: no range, no offset, no aggregation and no match across hosts, nothing that is
// true when a series is missing or grows old. `recorded`: the names that recording rules make, which come with no
// host's samples.
bool is_of_one_host(const query::Expr& expr, const std::set<std::string, std::less<>>& recorded);

// The selectors of an expression, from left to right.
std::vector<const query::Selector*> selectors_of(const query::Expr& expr);
// Whether it selects series of this name, should their other labels match too.
bool may_select(const query::Selector& selector, std::string_view name);

}  // namespace vigie::controller::rules
