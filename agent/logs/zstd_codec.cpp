#include <zstd.h>

#include <memory>
#include <string_view>

#include "agent/logs/codecs.hpp"
#include "shared/os/files.hpp"

namespace vigie::agent::logs {

Result<void> write_zstd(int from, int to, int level) {
    const std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx*)> context(ZSTD_createCCtx(), ZSTD_freeCCtx);
    if (!context || ZSTD_isError(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level)) != 0 ||
        ZSTD_isError(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1)) != 0) {
        return fail(ErrorCode::io, "zstd does not start");
    }
    const auto in = std::make_unique<Chunk>();
    const auto out = std::make_unique<Chunk>();
    uint64_t offset = 0;
    for (bool is_last = false; !is_last;) {
        VIGIE_TRY(const auto got, read_at(from, *in, offset));
        offset += got;
        is_last = got == 0;
        ZSTD_inBuffer input{in->data(), got, 0};
        size_t left = 0;  // to be flushed at the end
        do {
            ZSTD_outBuffer output{out->data(), out->size(), 0};
            left = ZSTD_compressStream2(context.get(), &output, &input, is_last ? ZSTD_e_end : ZSTD_e_continue);
            if (ZSTD_isError(left) != 0) {
                return fail(ErrorCode::io, "zstd: {}", ZSTD_getErrorName(left));
            }
            VIGIE_CHECK(write_all(to, std::string_view(reinterpret_cast<const char*>(out->data()), output.pos),
                                  "the compressed log"));
        } while (is_last ? left != 0 : input.pos < input.size);
    }
    return {};
}

Result<void> verify_zstd(int packed, int original) {
    const std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(), ZSTD_freeDCtx);
    if (!context) {
        return fail(ErrorCode::io, "zstd does not start");
    }
    const auto in = std::make_unique<Chunk>();
    const auto out = std::make_unique<Chunk>();
    const auto scratch = std::make_unique<Chunk>();
    uint64_t offset = 0;
    uint64_t compared = 0;
    size_t state = 1;  // 0: a frame has ended
    while (true) {
        VIGIE_TRY(const auto got, read_at(packed, *in, offset));
        if (got == 0) {
            break;
        }
        offset += got;
        ZSTD_inBuffer input{in->data(), got, 0};
        size_t made = 0;
        do {
            ZSTD_outBuffer output{out->data(), out->size(), 0};
            state = ZSTD_decompressStream(context.get(), &output, &input);
            if (ZSTD_isError(state) != 0) {
                return fail(ErrorCode::corrupt, "zstd: {}", ZSTD_getErrorName(state));
            }
            made = output.pos;
            VIGIE_CHECK(expect_bytes(original, *out, made, compared, *scratch));
            compared += made;
        } while (input.pos < input.size || (state != 0 && made == out->size()));
    }
    if (state != 0) {
        return fail(ErrorCode::corrupt, "the compressed log does not read back");
    }
    return expect_end(original, compared, *scratch);
}

}  // namespace vigie::agent::logs
