// Hex and back.
#include "agent/backup/id.hpp"

namespace vigie::agent::backup {

Id id_of(std::string_view content) {
    return Id{sha256(content)};
}

void append_hex(const Id& id, std::string& out) {
    constexpr const char* digits = "0123456789abcdef";
    for (const auto byte : id.bytes) {
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
}

std::string to_hex(const Id& id) {
    std::string text;
    text.reserve(64);
    append_hex(id, text);
    return text;
}

std::string short_hex(const Id& id) {
    return to_hex(id).substr(0, 8);
}

std::optional<Id> parse_id(std::string_view text) {
    Id id;
    if (text.size() != 2 * id.bytes.size()) {
        return std::nullopt;
    }
    const auto value_of = [](char digit) {
        if (digit >= '0' && digit <= '9') {
            return digit - '0';
        }
        return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
    };
    for (size_t i = 0; i < id.bytes.size(); ++i) {
        const int high = value_of(text[2 * i]);
        const int low = value_of(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        id.bytes[i] = static_cast<uint8_t>(high << 4 | low);
    }
    return id;
}

}  // namespace vigie::agent::backup
