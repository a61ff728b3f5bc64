// One pass over the bytes, a character of UTF-8 at a time.
#include "shared/core/harmless.hpp"

#include <fmt/format.h>

namespace vigie {
namespace {

unsigned byte_at(std::string_view text, size_t at) {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

// How many bytes the character there takes; 1 for a byte that begins none.
size_t length_at(std::string_view text, size_t at) {
    const auto lead = byte_at(text, at);
    const size_t length = lead >= 0xc2 && lead <= 0xdf   ? 2
                          : (lead & 0xf0) == 0xe0        ? 3
                          : lead >= 0xf0 && lead <= 0xf4 ? 4
                                                         : 1;
    // Longer forms than need be, surrogates and what lies above U+10FFFF are told by the second byte (RFC 3629, section
    // 4).
    const auto second = byte_at(text, at + 1);
    if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) || (lead == 0xf0 && second < 0x90) ||
        (lead == 0xf4 && second > 0x8f)) {
        return 1;
    }
    for (size_t i = 1; i < length; ++i) {
        if ((byte_at(text, at + i) & 0xc0) != 0x80) {
            return 1;
        }
    }
    return length;
}

}  // namespace

std::string harmless(std::string_view text) {
    std::string shown;
    shown.reserve(text.size());
    for (size_t at = 0; at < text.size();) {
        const auto lead = byte_at(text, at);
        const auto length = length_at(text, at);
        const bool is_c1 = length == 2 && lead == 0xc2 && byte_at(text, at + 1) < 0xa0;
        if (is_c1 || (length == 1 && (lead < 0x20 || lead >= 0x7f))) {
            shown += fmt::format("\\x{:02x}", is_c1 ? byte_at(text, at + 1) : lead);
        } else {
            shown += text.substr(at, length);
        }
        at += length;
    }
    return shown;
}

}  // namespace vigie
