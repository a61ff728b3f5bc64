// Names of metrics that no application of the host may use: a series of theirs from outside could not be told from the
// real one, and rules look at them.
#pragma once
#include <string_view>

namespace vigie::agent {

// For messages and the documentation: what is_reserved_name() holds.
constexpr std::string_view reserved_names_text =
    "names that begin with node_, container_, vigie_, probe_ or scrape_, and up, ALERTS and ALERTS_FOR_STATE";

bool is_reserved_name(std::string_view metric);
// Whether NAME_sum and NAME_count would be: "vigie" has vigie_sum.
bool is_reserved_stem(std::string_view metric);

}  // namespace vigie::agent
