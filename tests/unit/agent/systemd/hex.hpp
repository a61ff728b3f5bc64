// Bytes written as digits.
#pragma once
#include <charconv>
#include <string>
#include <string_view>

namespace vigie::agent::tests_of_systemd {

inline std::string from_hex(std::string_view digits) {
    std::string bytes;
    for (size_t at = 0; at + 1 < digits.size(); at += 2) {
        unsigned byte = 0;
        std::from_chars(digits.data() + at, digits.data() + at + 2, byte, 16);
        bytes.push_back(static_cast<char>(byte));
    }
    return bytes;
}

}  // namespace vigie::agent::tests_of_systemd
