// libzstd.
#include "agent/backup/compression.hpp"

#include <zstd.h>

#include "shared/core/assert.hpp"

namespace vigie::agent::backup {
namespace {
// zstd's own default: within 15 % of the size of level 9 on system files at a fifth of its time.
constexpr int compression_level = 3;
}  // namespace

struct Zstd::Contexts {
    ZSTD_CCtx* compressor = ZSTD_createCCtx();
    ZSTD_DCtx* decompressor = ZSTD_createDCtx();
    std::string buffer;
    Contexts() = default;
    ~Contexts() {
        ZSTD_freeCCtx(compressor);
        ZSTD_freeDCtx(decompressor);
    }
    Contexts(const Contexts&) = delete;
    Contexts& operator=(const Contexts&) = delete;
};

Zstd::Zstd() : contexts_(std::make_unique<Contexts>()) {
    VIGIE_ASSERT(contexts_->compressor != nullptr && contexts_->decompressor != nullptr);
}
Zstd::~Zstd() = default;

std::string_view Zstd::compress(std::string_view bytes) {
    auto& buffer = contexts_->buffer;
    const size_t bound = ZSTD_compressBound(bytes.size());
    if (buffer.size() < bound) {
        buffer.resize(bound);
    }
    const size_t size = ZSTD_compressCCtx(contexts_->compressor, buffer.data(), buffer.size(), bytes.data(),
                                          bytes.size(), compression_level);
    VIGIE_ASSERT(ZSTD_isError(size) == 0);  // only for want of room, and the bound gives enough
    return std::string_view(buffer).substr(0, size);
}

Result<std::string> Zstd::decompress(std::string_view frame, size_t bytes_max) {
    auto* context = contexts_->decompressor;
    ZSTD_DCtx_reset(context, ZSTD_reset_session_only);
    const auto stated = ZSTD_getFrameContentSize(frame.data(), frame.size());
    if (stated == ZSTD_CONTENTSIZE_ERROR) {
        return fail(ErrorCode::corrupt, "zstd: not a frame");
    }
    if (stated != ZSTD_CONTENTSIZE_UNKNOWN && stated > bytes_max) {
        return fail(ErrorCode::too_large, "zstd: frame of {} bytes, at most {} expected", stated, bytes_max);
    }
    // Grows with what is truly there: a frame may state any size.
    std::string out;
    ZSTD_inBuffer in{frame.data(), frame.size(), 0};
    size_t done = 0;
    for (;;) {
        out.resize(std::min(bytes_max + 1, std::max<size_t>({2 * done, 4 * frame.size(), ZSTD_DStreamOutSize()})));
        ZSTD_outBuffer piece{out.data(), out.size(), done};
        const size_t hint = ZSTD_decompressStream(context, &piece, &in);
        if (ZSTD_isError(hint) != 0) {
            return fail(ErrorCode::corrupt, "zstd: {}", ZSTD_getErrorName(hint));
        }
        const bool is_stuck = piece.pos == done && in.pos == in.size;
        done = piece.pos;
        if (done > bytes_max) {
            return fail(ErrorCode::too_large, "zstd: frame holds more than {} bytes", bytes_max);
        }
        if (hint == 0) {
            break;
        }
        if (is_stuck) {
            return fail(ErrorCode::corrupt, "zstd: frame ends too soon");
        }
    }
    if (in.pos != in.size) {
        return fail(ErrorCode::corrupt, "zstd: bytes behind the frame");
    }
    out.resize(done);
    return out;
}

}  // namespace vigie::agent::backup
