// Alertmanager's notation of matchers. What a matcher matches is controller/query's: a label that is missing counts as
// "", and regular expressions match the whole value.
#pragma once
#include <string>
#include <vector>

#include "controller/query/matcher.hpp"

namespace vigie::controller::routing {

using query::Labels;
using query::Matcher;
using Matchers = std::vector<Matcher>;

// One matcher, as `name="value"`, `name!=value`, `name=~expression` or `name!~expression`. A value in quotes has \n, \"
// and \\ for a line break, a quote and a backslash. malformed names the text.
Result<Matcher> parse_matcher(std::string_view text);
// Several, separated by commas outside of quotes, in braces or not. malformed for none at all.
Result<Matchers> parse_matchers(std::string_view text);

bool is_match(const Matchers& matchers, const Labels& labels);  // all of them; true for none
// malformed when they also match alerts without these labels, so that nobody means everything by a slip.
Result<void> check_narrow(const Matchers& matchers);
// `name="value"`, as it stands in a group's key; parse_matcher reads it back.
std::string text_of(const Matcher& matcher);
std::string text_of(const Matchers& matchers);  // {a="b",c=~"d"}
// By name, value and kind: the order that groups' keys have.
void sort(Matchers& matchers);

}  // namespace vigie::controller::routing
