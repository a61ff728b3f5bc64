// fuzz: vigie_protocol_codec
// The first byte chooses the message type, the others are its body frame.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/codec/codec.hpp"

namespace protocol = vigie::protocol;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0) {
        return 0;
    }
    const auto type = static_cast<protocol::MessageType>(data[0]);
    const auto body = protocol::decode_body(type, {reinterpret_cast<const char*>(data) + 1, size - 1});
    if (body) {
        const auto bytes = protocol::encode_body(*body);
        const auto again = protocol::decode_body(type, bytes);
        if (protocol::type_of(*body) != type || !again || protocol::encode_body(*again) != bytes) {
            __builtin_trap();
        }
    }
    return 0;
}
