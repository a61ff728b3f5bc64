#include "agent/logs/compressor.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "agent/logs/private_copy.hpp"
#include "shared/os/files.hpp"

namespace vigie::agent::logs {
namespace {

constexpr size_t chunk_bytes = 64 * 1024;
constexpr int gzip_window = MAX_WBITS + 16;  // zlib's way to ask for the gzip header
using Chunk = std::array<Bytef, chunk_bytes>;

Result<size_t> read_at(int fd, Chunk& chunk, uint64_t offset) {
    ssize_t got = 0;
    do {
        got = pread(fd, chunk.data(), chunk.size(), static_cast<off_t>(offset));
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return fail(errno_error(errno, "read while compressing"));
    }
    return static_cast<size_t>(got);
}

Result<void> write_gzip(int from, int to) {
    z_stream stream{};
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
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
            stream.avail_out = chunk_bytes;
            deflate(&stream, flush);
            const std::string_view made(reinterpret_cast<const char*>(out->data()), chunk_bytes - stream.avail_out);
            VIGIE_CHECK(write_all(to, made, "the compressed log"));
        } while (stream.avail_out == 0);
    }
    return {};
}

// corrupt when the gzip file does not decode to exactly the bytes of `original`.
Result<void> verify_gzip(int packed, int original) {
    z_stream stream{};
    if (inflateInit2(&stream, gzip_window) != Z_OK) {
        return fail(ErrorCode::io, "zlib does not start");
    }
    const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, inflateEnd);
    const auto in = std::make_unique<Chunk>();
    const auto out = std::make_unique<Chunk>();
    const auto expected = std::make_unique<Chunk>();
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
            stream.avail_out = chunk_bytes;
            state = inflate(&stream, Z_NO_FLUSH);
            const auto made = chunk_bytes - stream.avail_out;
            VIGIE_TRY(const auto same, read_at(original, *expected, compared));
            if (same < made || std::memcmp(expected->data(), out->data(), made) != 0) {
                return fail(ErrorCode::corrupt, "the compressed log differs from the log");
            }
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
    VIGIE_TRY(const auto rest, read_at(original, *expected, compared));
    if (state != Z_STREAM_END || stream.avail_in != 0 || rest != 0) {
        return fail(ErrorCode::corrupt, "the compressed log does not read back");
    }
    return {};
}

Result<void> drop_original(const Folder& folder, const std::string& from, const Pulse& pulse) {
    VIGIE_CHECK(folder.remove(from));
    pulse();
    return folder.sync();
}

}  // namespace

Result<void> compress_file(const Folder& folder, const std::string& from, const std::string& to, const Pulse& pulse) {
    VIGIE_TRY(const auto source, folder.facts(from));
    VIGIE_TRY(const auto target, folder.facts(to));
    if (!source) {
        return target ? Result<void>{} : fail(ErrorCode::not_found, "{} is gone", folder.at(from));
    }
    VIGIE_TRY(const auto original, folder.open_file(from, O_RDONLY));
    if (target) {
        // A run that was killed between the new name and the end of the old one.
        VIGIE_TRY(const auto packed, folder.open_file(to, O_RDONLY));
        if (const auto same = verify_gzip(packed.get(), original.get()); !same) {
            return fail(ErrorCode::exists, "{} exists and holds something else than {}", folder.at(to), from);
        }
        return drop_original(folder, from, pulse);
    }
    const auto fill = [&](int fd) -> Result<void> {
        VIGIE_CHECK(write_gzip(original.get(), fd));
        VIGIE_CHECK(verify_gzip(fd, original.get()));
        struct stat entry {};
        if (fstat(original.get(), &entry) != 0) {
            return fail(errno_error(errno, "look at " + folder.at(from)));
        }
        const std::array<timespec, 2> times{entry.st_atim, entry.st_mtim};
        if (futimens(fd, times.data()) != 0) {
            return fail(errno_error(errno, "set times of " + folder.at(to)));
        }
        return {};
    };
    const auto made = make_file(folder, to, source->inode, {source->mode, source->uid, source->gid}, pulse, fill);
    if (!made) {
        return fail(made.error().at("compress " + folder.at(from)));
    }
    return drop_original(folder, from, pulse);
}

}  // namespace vigie::agent::logs
