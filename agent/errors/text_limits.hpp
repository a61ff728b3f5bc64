// Texts cut to their bounds.
#pragma once
#include <string>
#include <string_view>

namespace vigie::agent::errors {

// At most `bytes_max` bytes, and no character of UTF-8 in two.
std::string_view cut_to(std::string_view text, size_t bytes_max);
std::string_view without_blanks(std::string_view text);  // at both ends
// Without the escape sequences of ECMA-48 that terminals take for colours, "ESC [ … letter".
std::string without_colours(std::string_view text);

}  // namespace vigie::agent::errors
