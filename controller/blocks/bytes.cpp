// Numbers of more than one byte.
#include "controller/blocks/bytes.hpp"

namespace vigie::controller::blocks {

namespace {
constexpr int bits_max = 64;
}

uint64_t ByteReader::long_varint() {
    uint64_t number = 0;
    for (int shift = 0; shift < bits_max; shift += 7) {
        if (at_ == end_) {
            return spoil();
        }
        const auto byte = static_cast<uint8_t>(*at_++);
        number |= uint64_t{static_cast<uint8_t>(byte & 0x7f)} << shift;
        if (byte < 0x80) {
            return number;
        }
    }
    return spoil();
}

}  // namespace vigie::controller::blocks
