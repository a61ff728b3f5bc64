#include "protocol/codec/writer.hpp"

#include <bit>

namespace vigie::protocol {

// IEEE 754 binary64, least significant byte first, so a NaN's payload (Prometheus's stale marker) survives.
void Writer::doubles(const std::vector<double>& values) {
    pack_.pack_bin(static_cast<uint32_t>(values.size() * 8));
    if constexpr (std::endian::native == std::endian::little) {
        return sink_.write(reinterpret_cast<const char*>(values.data()), values.size() * 8);
    }
    for (const double value : values) {
        const auto bits = std::bit_cast<uint64_t>(value);
        for (int shift = 0; shift < 64; shift += 8) {
            const auto byte = static_cast<char>((bits >> shift) & 0xff);
            sink_.write(&byte, 1);
        }
    }
}

std::string_view Writer::cut(std::string_view text, size_t bytes_max) {
    if (text.size() <= bytes_max) {
        return text;
    }
    size_t end = bytes_max;
    // UTF-8's continuation bytes are 10xxxxxx; a character has at most three. Anything else is not UTF-8: cut hard.
    while (end > bytes_max - 4 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
        --end;
    }
    return text.substr(0, end);
}

}  // namespace vigie::protocol
