// fuzz: vigie_protocol_codec
// Any bytes as an entry of a stream. Compared as bytes after one more round, since NaN differs from itself.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/codec/codec.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const auto entry = vigie::protocol::decode_entry({reinterpret_cast<const char*>(data), size});
    if (entry) {
        const auto bytes = vigie::protocol::encode_entry(*entry);
        const auto again = vigie::protocol::decode_entry(bytes);
        if (!again || vigie::protocol::encode_entry(*again) != bytes) {
            __builtin_trap();
        }
    }
    return 0;
}
