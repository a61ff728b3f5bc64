// Bounds are checked in take() alone.
#include "agent/systemd/wire_reader.hpp"

#include <cstring>

namespace vigie::agent {

std::string_view WireReader::take(size_t count) {
    if (has_failed_ || count > bytes_.size() - position_) {
        has_failed_ = true;
        return {};
    }
    const auto taken = bytes_.substr(position_, count);
    position_ += count;
    return taken;
}

void WireReader::align(size_t size) {
    take((size - position_ % size) % size);
}

template <typename Number>
Number WireReader::number() {
    align(sizeof(Number));
    const auto bytes = take(sizeof(Number));
    Number value = 0;
    if (!has_failed_) {
        std::memcpy(&value, bytes.data(), sizeof value);
    }
    return value;
}

uint8_t WireReader::u8() {
    return number<uint8_t>();
}

uint32_t WireReader::u32() {
    return number<uint32_t>();
}

uint64_t WireReader::u64() {
    return number<uint64_t>();
}

std::string_view WireReader::terminated(size_t length) {
    const auto text = take(length);
    const auto end = take(1);  // apart: one more than the length may not fit into size_t
    if (has_failed_ || end != std::string_view("\0", 1)) {
        has_failed_ = true;
        return {};
    }
    return text;
}

std::string_view WireReader::text() {
    return terminated(u32());
}

std::string_view WireReader::signature() {
    return terminated(u8());
}

WireReader::Basic WireReader::basic(char type) {
    switch (type) {
        case 's':
        case 'o':
            return {type, 0, text()};
        case 'g':
            return {type, 0, signature()};
        case 'y':
            return {type, u8(), {}};
        case 'n':
        case 'q':
            return {type, number<uint16_t>(), {}};
        case 'b':
        case 'i':
        case 'u':
        case 'h':
            return {type, u32(), {}};
        case 'x':
        case 't':
        case 'd':
            return {type, u64(), {}};
        default:
            has_failed_ = true;
            return {};
    }
}

WireReader::Basic WireReader::variant() {
    const auto type = signature();
    if (type.size() != 1) {
        has_failed_ = true;
        return {};
    }
    return basic(type.front());
}

}  // namespace vigie::agent
