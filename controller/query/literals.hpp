// Numbers, durations and strings as PromQL writes them, which is as Go writes them.
#pragma once
#include <optional>
#include <string>

#include "shared/core/error.hpp"

namespace vigie::controller::query {

// "inf" and "nan" in any case.
std::optional<double> special_number(std::string_view word);
// Decimal with a point and an exponent, 0x1F, and 017, which is octal. nullopt: not a number, or too large for one.
std::optional<double> number_of(std::string_view text);
// The value of a label such as le: number_of and signed ones, "+Inf", "-Inf", "NaN"; no octal.
std::optional<double> label_number(std::string_view text);

// "1h30m" in milliseconds: y w d h m s ms, from large to small, each once. Not 0, at most 292 years.
Result<int64_t> duration_of(std::string_view text);
// As Prometheus writes it: 7 days are "1w", 90 minutes "1h30m".
std::string duration_text(int64_t ms);

// As Go's %v writes a number: the shortest digits that read back, with an exponent below 1e-4 and from 1e21.
std::string number_text(double number);
// The same without an exponent, as count_values writes it.
std::string plain_number_text(double number);
void put_plain_number(std::string& out, double number);  // behind what is there

struct Unquoted {
    std::string text;
    size_t bytes = 0;  // of the literal with its quotes
};
struct UnquoteError {
    size_t offset = 0;
    std::string message;
};
// Takes text that begins with a quote: " and ' with escapes, ` without.
tl::expected<Unquoted, UnquoteError> unquote(std::string_view text);
// In double quotes, as Go's %q: what is not printable ASCII or valid UTF-8 is escaped.
std::string quoted(std::string_view text);
// The first character of the text, quoted, or its byte where it is no valid UTF-8.
std::string shown_character(std::string_view text);

}  // namespace vigie::controller::query
