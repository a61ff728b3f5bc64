// BLAKE2b and comparison without timing, for tokens. Not for files' contents: those have their own digests.
#pragma once
#include <string>
#include <string_view>

namespace vigie {

// BLAKE2b-256 (RFC 7693, no key) of the bytes, as 64 lower-case hex digits.
std::string blake2b_hex(std::string_view bytes);

// Takes the same time wherever the two differ. Lengths are not secret.
bool is_equal_constant_time(std::string_view left, std::string_view right);

}  // namespace vigie
