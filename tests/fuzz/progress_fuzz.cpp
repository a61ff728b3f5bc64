// fuzz: vigie_protocol_codec
// Any bytes on the worker's progress pipe: refused, or frames that encode and decode to themselves.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/codec/progress.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    vigie::protocol::ProgressReader reader;
    for (const auto part : {bytes.substr(0, size / 2), bytes.substr(size / 2)}) {
        const auto frames = reader.take(part);
        if (!frames) {
            return 0;
        }
        for (const auto& frame : *frames) {
            vigie::protocol::ProgressReader again;
            const auto decoded = again.take(vigie::protocol::encode_progress_frame(frame));
            if (!decoded || decoded->size() != 1 || decoded->front() != frame) {
                __builtin_trap();
            }
        }
    }
    return 0;
}
