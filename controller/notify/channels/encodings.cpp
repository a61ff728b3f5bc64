#include "controller/notify/channels/encodings.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vigie::controller::notify {
namespace {

// How many bytes the character at the front takes; 0 when it is none of UTF-8 (RFC 3629: shortest forms, no
// surrogates).
size_t character_bytes(std::string_view text) {
    const auto at = [text](size_t i) { return static_cast<uint8_t>(text[i]); };
    const auto lead = at(0);
    const size_t bytes = lead < 0x80                   ? 1
                         : lead >= 0xC2 && lead < 0xE0 ? 2
                         : lead >= 0xE0 && lead < 0xF0 ? 3
                         : lead >= 0xF0 && lead < 0xF5 ? 4
                                                       : 0;
    if (bytes == 0 || text.size() < bytes) {
        return 0;
    }
    for (size_t i = 1; i < bytes; ++i) {
        if ((at(i) & 0xC0) != 0x80) {
            return 0;
        }
    }
    const bool is_overlong = (lead == 0xE0 && at(1) < 0xA0) || (lead == 0xF0 && at(1) < 0x90);
    const bool is_outside = (lead == 0xED && at(1) >= 0xA0) || (lead == 0xF4 && at(1) >= 0x90);
    return is_overlong || is_outside ? 0 : bytes;
}

std::string with_backslashes(std::string_view text, std::string_view special) {
    std::string out;
    for (const char c : text) {
        out += special.find(c) != std::string_view::npos ? std::string{'\\', c} : std::string(1, c);
    }
    return out;
}

bool is_control(char c) {
    return static_cast<uint8_t>(c) < ' ' || c == 0x7F;
}

}  // namespace

std::string base64(std::string_view bytes) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (size_t i = 0; i < bytes.size(); i += 3) {
        uint32_t bits = 0;
        for (size_t j = 0; j < 3; ++j) {
            bits = bits << 8 | (i + j < bytes.size() ? static_cast<uint8_t>(bytes[i + j]) : 0);
        }
        for (size_t j = 0; j < 4; ++j) {
            out += i + j > bytes.size() ? '=' : digits[bits >> (18 - 6 * j) & 63];
        }
    }
    return out;
}

std::string percent_encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                              c == '_' || c == '.' || c == '~';
        out += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<uint8_t>(c));
    }
    return out;
}

std::string valid_utf8(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto bytes = character_bytes(text);
        out += bytes == 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(0, bytes);
        text.remove_prefix(std::max<size_t>(bytes, 1));
    }
    return out;
}

size_t characters_in(std::string_view valid_utf8) {
    return static_cast<size_t>(std::count_if(valid_utf8.begin(), valid_utf8.end(),
                                             [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; }));
}

std::string shortened(std::string_view text, size_t characters_max) {
    size_t kept = 0;  // bytes of all but the last character that fits
    size_t at = 0;
    for (size_t count = 0; at < text.size(); ++count) {
        if (count == characters_max) {
            return std::string(text.substr(0, kept)) + "…";
        }
        kept = at;
        at += std::max<size_t>(character_bytes(text.substr(at)), 1);
    }
    return std::string(text);
}

std::string shortened_to_bytes(std::string_view text, size_t bytes_max) {
    if (text.size() <= bytes_max) {
        return std::string(text);
    }
    constexpr std::string_view mark = "…";
    size_t kept = bytes_max - std::min(bytes_max, mark.size());
    while (kept > 0 && (static_cast<uint8_t>(text[kept]) & 0xC0) == 0x80) {
        --kept;
    }
    return std::string(text.substr(0, kept)) + std::string(mark);
}

std::string one_line(std::string_view text) {
    std::string out(text);
    std::replace_if(out.begin(), out.end(), is_control, ' ');
    return out;
}

std::string lower(std::string text) {
    for (auto& c : text) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return text;
}

std::string escape_html(std::string_view text) {
    std::string out;
    for (const char c : text) {
        out += c == '&'    ? "&amp;"
               : c == '<'  ? "&lt;"
               : c == '>'  ? "&gt;"
               : c == '"'  ? "&quot;"
               : c == '\'' ? "&#39;"
                           : std::string(1, c);
    }
    return out;
}

std::string escape_slack(std::string_view text) {
    std::string out;
    for (const char c : text) {
        out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
    }
    return out;
}

std::string escape_discord(std::string_view text) {
    const bool is_url = (text.starts_with("https://") || text.starts_with("http://")) &&
                        text.find_first_of(" \n\t") == std::string_view::npos;
    return is_url ? std::string(text) : with_backslashes(text, "\\*_~`|>#[]<");
}

// https://core.telegram.org/bots/api#markdownv2-style
std::string escape_markdown_v2(std::string_view text) {
    return with_backslashes(text, "\\_*[]()~`>#+-=|{}.!");
}

std::string escape_markdown_v1(std::string_view text) {
    return with_backslashes(text, "_*`[");
}

}  // namespace vigie::controller::notify
