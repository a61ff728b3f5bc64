#include <zlib.h>

#include <memory>
#include <string_view>

#include "agent/logs/codecs.hpp"
#include "shared/os/files.hpp"

namespace vigie::agent::logs {
namespace {
constexpr int gzip_window = MAX_WBITS + 16;  // zlib's way to ask for the gzip header
}

Result<void> write_gzip(int from, int to, int level) {
    z_stream stream{};
    if (deflateInit2(&stream, level, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        return fail(ErrorCode::io, "zlib does not start");
    }
    const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, deflateEnd);
    const auto in = std::make_unique<Chunk>();
    const auto out = std::make_unique<Chunk>();
    uint64_t offset = 0;
    for (int flush = Z_NO_FLUSH; flush != Z_FINISH;) {
        VIGIE_TRY(const auto got, read_at(from, *in, offset));
        offset += got;
        flush = got == 0 ? Z_FINISH : Z_NO_FLUSH;
        stream.next_in = in->data();
        stream.avail_in = static_cast<uInt>(got);
        do {
            stream.next_out = out->data();
            stream.avail_out = static_cast<uInt>(out->size());
            deflate(&stream, flush);
            const std::string_view made(reinterpret_cast<const char*>(out->data()), out->size() - stream.avail_out);
            VIGIE_CHECK(write_all(to, made, "the compressed log"));
        } while (stream.avail_out == 0);
    }
    return {};
}

Result<void> verify_gzip(int packed, int original) {
    z_stream stream{};
    if (inflateInit2(&stream, gzip_window) != Z_OK) {
        return fail(ErrorCode::io, "zlib does not start");
    }
    const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, inflateEnd);
    const auto in = std::make_unique<Chunk>();
    const auto out = std::make_unique<Chunk>();
    const auto scratch = std::make_unique<Chunk>();
    uint64_t read = 0;
    uint64_t compared = 0;
    int state = Z_OK;
    while (state == Z_OK) {
        VIGIE_TRY(const auto got, read_at(packed, *in, read));
        read += got;
        stream.next_in = in->data();
        stream.avail_in = static_cast<uInt>(got);
        do {
            stream.next_out = out->data();
            stream.avail_out = static_cast<uInt>(out->size());
            state = inflate(&stream, Z_NO_FLUSH);
            const auto made = out->size() - stream.avail_out;
            VIGIE_CHECK(expect_bytes(original, *out, made, compared, *scratch));
            compared += made;
            if (state == Z_BUF_ERROR && got > 0) {
                state = Z_OK;  // output and input had ended together: nothing to do is no error, the next chunk goes on
                break;
            }
        } while (state == Z_OK && stream.avail_out == 0);
        if (got == 0 && state == Z_OK) {
            break;
        }
    }
    if (state != Z_STREAM_END || stream.avail_in != 0) {
        return fail(ErrorCode::corrupt, "the compressed log does not read back");
    }
    return expect_end(original, compared, *scratch);
}

}  // namespace vigie::agent::logs
