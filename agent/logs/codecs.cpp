#include "agent/logs/codecs.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace vigie::agent::logs {

Result<size_t> read_at(int file, Chunk& chunk, uint64_t offset) {
    ssize_t got = 0;
    do {
        got = pread(file, chunk.data(), chunk.size(), static_cast<off_t>(offset));
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return fail(errno_error(errno, "read while compressing"));
    }
    return static_cast<size_t>(got);
}

Result<void> expect_bytes(int original, const Chunk& bytes, size_t count, uint64_t offset, Chunk& scratch) {
    VIGIE_TRY(const auto same, read_at(original, scratch, offset));
    if (same < count || std::memcmp(scratch.data(), bytes.data(), count) != 0) {
        return fail(ErrorCode::corrupt, "the compressed log differs from the log");
    }
    return {};
}

Result<void> expect_end(int original, uint64_t offset, Chunk& scratch) {
    VIGIE_TRY(const auto rest, read_at(original, scratch, offset));
    return rest == 0 ? Result<void>{} : fail(ErrorCode::corrupt, "the compressed log ends before the log");
}

}  // namespace vigie::agent::logs
