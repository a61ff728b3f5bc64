// fuzz: vigie_protocol_codec
// Any bytes as a header frame. What was read must be the same once written and read again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/codec/codec.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const auto header = vigie::protocol::decode_header({reinterpret_cast<const char*>(data), size});
    if (header) {
        const auto again = vigie::protocol::decode_header(vigie::protocol::encode_header(*header));
        if (!again || *again != *header) {
            __builtin_trap();
        }
    }
    return 0;
}
