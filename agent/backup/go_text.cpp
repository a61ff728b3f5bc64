// Quoting, JSON strings and base64.
#include "agent/backup/go_text.hpp"

#include <optional>

namespace vigie::agent::backup {
namespace {

constexpr const char* hex_digits = "0123456789abcdef";

struct Rune {
    uint32_t code = 0;
    size_t bytes = 1;
    bool is_valid = false;
};

// The first code point, by the rules of Go's utf8.DecodeRune: overlong forms, surrogates and > U+10FFFF are invalid.
Rune first_rune(std::string_view text) {
    const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
    const uint8_t lead = byte(0);
    if (lead < 0x80) {
        return {lead, 1, true};
    }
    const size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() < length) {
        return {};
    }
    uint32_t code = lead & (0x7fU >> length);
    for (size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80) {
            return {};
        }
        code = code << 6 | (byte(i) & 0x3fU);
    }
    const bool is_overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    if (is_overlong || (code >= 0xd800 && code < 0xe000) || code > 0x10ffff) {
        return {};
    }
    return {code, length, true};
}

// strconv.IsPrint for what is common. A character judged otherwise than Go does still reads back the same: only the
// tree's hash would differ from restic's for the same folder.
bool is_printable(uint32_t code) {
    struct Range {
        uint32_t first, last;
    };
    constexpr std::array unprintable{
        Range{0x00, 0x1f},     Range{0x7f, 0xa0},     Range{0xad, 0xad},       Range{0x61c, 0x61c},
        Range{0x1680, 0x1680}, Range{0x180e, 0x180e}, Range{0x2000, 0x200f},   Range{0x2028, 0x202f},
        Range{0x205f, 0x206f}, Range{0x3000, 0x3000}, Range{0xd800, 0xf8ff},   Range{0xfeff, 0xfeff},
        Range{0xfff0, 0xfffb}, Range{0xfffe, 0xffff}, Range{0xe0000, 0xe00ff}, Range{0xf0000, 0x10ffff}};
    return std::none_of(unprintable.begin(), unprintable.end(),
                        [code](const Range& range) { return code >= range.first && code <= range.last; });
}

void append_hex_code(uint32_t code, int digits, std::string& out) {
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
        out += hex_digits[code >> shift & 15];
    }
}

void append_utf8(uint32_t code, std::string& out) {
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xc0 | code >> 6);
        out += static_cast<char>(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        out += static_cast<char>(0xe0 | code >> 12);
        out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
        out += static_cast<char>(0x80 | (code & 0x3f));
    } else {
        out += static_cast<char>(0xf0 | code >> 18);
        out += static_cast<char>(0x80 | (code >> 12 & 0x3f));
        out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
        out += static_cast<char>(0x80 | (code & 0x3f));
    }
}

// The letter of a one-letter escape and the character it stands for.
constexpr std::array<std::pair<char, char>, 9> short_escapes{{{'a', '\a'},
                                                              {'b', '\b'},
                                                              {'f', '\f'},
                                                              {'n', '\n'},
                                                              {'r', '\r'},
                                                              {'t', '\t'},
                                                              {'v', '\v'},
                                                              {'\\', '\\'},
                                                              {'"', '"'}}};

void append_quoted_rune(const Rune& rune, std::string_view bytes, std::string& out) {
    for (const auto& [letter, character] : short_escapes) {
        if (rune.code == static_cast<uint8_t>(character)) {
            out += '\\';
            out += letter;
            return;
        }
    }
    if (is_printable(rune.code)) {
        out += bytes;
    } else if (rune.code < 0x80) {
        out += "\\x";
        append_hex_code(rune.code, 2, out);
    } else if (rune.code < 0x10000) {
        out += "\\u";
        append_hex_code(rune.code, 4, out);
    } else {
        out += "\\U";
        append_hex_code(rune.code, 8, out);
    }
}

std::optional<uint32_t> parse_code(std::string_view digits, int base) {
    uint32_t code = 0;
    for (const char digit : digits) {
        int value = -1;
        if (digit >= '0' && digit <= '9') {
            value = digit - '0';
        } else if ((digit | 0x20) >= 'a' && (digit | 0x20) <= 'f') {
            value = (digit | 0x20) - 'a' + 10;
        }
        if (value < 0 || value >= base) {
            return std::nullopt;
        }
        code = code * static_cast<uint32_t>(base) + static_cast<uint32_t>(value);
    }
    return code;
}

// One escape after its backslash; gives how many characters it took, 0 when it is none.
size_t unquote_escape(std::string_view rest, std::string& out) {
    if (rest.empty()) {
        return 0;
    }
    for (const auto& [letter, character] : short_escapes) {
        if (rest[0] == letter) {
            out += character;
            return 1;
        }
    }
    const bool is_octal = rest[0] >= '0' && rest[0] <= '7';
    const size_t skip = is_octal ? 0 : 1;
    const size_t digits = is_octal ? 3 : rest[0] == 'x' ? 2 : rest[0] == 'u' ? 4 : rest[0] == 'U' ? 8 : 0;
    if (digits == 0 || rest.size() < skip + digits) {
        return 0;
    }
    const auto code = parse_code(rest.substr(skip, digits), is_octal ? 8 : 16);
    if (!code) {
        return 0;
    }
    if (digits <= 3) {
        if (*code > 0xff) {
            return 0;
        }
        out += static_cast<char>(*code);
    } else if (*code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000)) {
        return 0;
    } else {
        append_utf8(*code, out);
    }
    return skip + digits;
}

bool is_plain_in_json(char character) {
    const auto byte = static_cast<uint8_t>(character);
    return byte >= 0x20 && byte < 0x80 && character != '"' && character != '\\' && character != '<' &&
           character != '>' && character != '&';
}

}  // namespace

std::string go_quote(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size());
    while (!bytes.empty()) {
        const auto rune = first_rune(bytes);
        if (rune.is_valid) {
            append_quoted_rune(rune, bytes.substr(0, rune.bytes), out);
        } else {
            out += "\\x";
            append_hex_code(static_cast<uint8_t>(bytes[0]), 2, out);
        }
        bytes.remove_prefix(rune.bytes);
    }
    return out;
}

Result<std::string> go_unquote(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"' || text[i] == '\n') {
            return fail(ErrorCode::malformed, "quoted name: bare quote or newline at {}", i);
        }
        if (text[i] != '\\') {
            out += text[i];
            continue;
        }
        const auto taken = unquote_escape(text.substr(i + 1), out);
        if (taken == 0) {
            return fail(ErrorCode::malformed, "quoted name: bad escape at {}", i);
        }
        i += taken;
    }
    return out;
}

void append_json_string(std::string_view text, std::string& out) {
    out += '"';
    while (!text.empty()) {
        const char character = text[0];
        if (is_plain_in_json(character)) {
            out += character;
            text.remove_prefix(1);
            continue;
        }
        const auto rune = first_rune(text);
        if (!rune.is_valid) {
            out += "\\ufffd";
        } else if (character == '"' || character == '\\') {
            out += '\\';
            out += character;
        } else if (character == '\n') {
            out += "\\n";
        } else if (character == '\r') {
            out += "\\r";
        } else if (character == '\t') {
            out += "\\t";
        } else if ((rune.code < 0x80 && rune.code != 0x7f) || rune.code == 0x2028 || rune.code == 0x2029) {
            out += "\\u";
            append_hex_code(rune.code, 4, out);
        } else {
            out += text.substr(0, rune.bytes);
        }
        text.remove_prefix(rune.bytes);
    }
    out += '"';
}

bool is_valid_utf8(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto rune = first_rune(bytes);
        if (!rune.is_valid) {
            return false;
        }
        bytes.remove_prefix(rune.bytes);
    }
    return true;
}

namespace {
constexpr std::string_view base64_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
}

std::string to_base64(std::string_view bytes) {
    std::string out;
    for (size_t i = 0; i < bytes.size(); i += 3) {
        const size_t count = std::min<size_t>(3, bytes.size() - i);
        uint32_t group = 0;
        for (size_t k = 0; k < 3; ++k) {
            group = group << 8 | (k < count ? static_cast<uint8_t>(bytes[i + k]) : 0U);
        }
        for (size_t k = 0; k < 4; ++k) {
            out += k <= count ? base64_alphabet[group >> (18 - 6 * k) & 63] : '=';
        }
    }
    return out;
}

Result<std::string> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) {
        return fail(ErrorCode::malformed, "base64: length {} is no multiple of 4", text.size());
    }
    while (!text.empty() && text.back() == '=' && text.size() % 4 != 2) {
        text.remove_suffix(1);
    }
    std::string out;
    uint32_t bits = 0;
    int held = 0;
    for (const char character : text) {
        const auto value = base64_alphabet.find(character);
        if (value == std::string_view::npos) {
            return fail(ErrorCode::malformed, "base64: unexpected character");
        }
        bits = bits << 6 | static_cast<uint32_t>(value);
        held += 6;
        if (held >= 8) {
            held -= 8;
            out += static_cast<char>(bits >> held & 0xff);
        }
    }
    return out;
}

}  // namespace vigie::agent::backup
