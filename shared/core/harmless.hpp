// Text of somebody else, made fit for a terminal and for a line of a log.
#pragma once
#include <string>
#include <string_view>

namespace vigie {

// The text with every control character (below U+0020, U+007F to U+009F, so line feeds too) and every byte that is not
// of UTF-8 shown as \xNN, and what is not seen or turns the order of what is (bidirectional marks, overrides and
// isolates, zero-width characters, fillers, tags) as \uNNNN: it cannot steer a terminal, begin a line of its own, or
// read as something else than it is. Any thread.
std::string harmless(std::string_view text);

// Whether it may look like a text that it is not, though harmless() leaves it: it has a space that is not U+0020, or a
// variation selector. Any thread.
bool has_hidden_difference(std::string_view text);

}  // namespace vigie
