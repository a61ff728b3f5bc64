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

uint32_t character_at(std::string_view text, size_t at, size_t length) {
    const auto lead = byte_at(text, at);
    auto code = length == 1 ? lead : lead & (0xffU >> (length + 1));
    for (size_t i = 1; i < length; ++i) {
        code = (code << 6U) | (byte_at(text, at + i) & 0x3fU);
    }
    return code;
}

// Nothing is seen of them, or they change how what follows is seen: of Unicode 15's general category Cf those that
// format text, its line and paragraph separators, and its tags; of its property Default_Ignorable_Code_Point the
// joiner, the fillers of Hangul and Mongolian's selectors. Another variation selector belongs to what stands before it.
bool is_unseen(uint32_t code) {
    return code == 0xad || code == 0x34f || code == 0x61c || code == 0x115f || code == 0x1160 ||
           (code >= 0x180b && code <= 0x180e) || code == 0x3164 || code == 0xffa0 ||
           (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2060 && code <= 0x206f) || code == 0xfeff || (code >= 0xfff9 && code <= 0xfffb) ||
           (code >= 0xe0000 && code <= 0xe007f);
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
        } else if (const auto code = character_at(text, at, length); length > 1 && is_unseen(code)) {
            shown += code > 0xffff ? fmt::format("\\U{:08x}", code) : fmt::format("\\u{:04x}", code);
        } else {
            shown += text.substr(at, length);
        }
        at += length;
    }
    return shown;
}

// Of Unicode 15's general category Zs all but U+0020, and its variation selectors.
bool has_hidden_difference(std::string_view text) {
    size_t length = 0;
    for (size_t at = 0; at < text.size(); at += length) {
        length = length_at(text, at);
        const auto code = length == 1 ? 0 : character_at(text, at, length);
        const bool is_space = code == 0xa0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200a) || code == 0x202f ||
                              code == 0x205f || code == 0x3000;
        if (is_space || (code >= 0xfe00 && code <= 0xfe0f) || (code >= 0xe0100 && code <= 0xe01ef)) {
            return true;
        }
    }
    return false;
}

}  // namespace vigie
