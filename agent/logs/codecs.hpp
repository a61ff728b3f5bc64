// Compression in this process. All functions read from the beginning, by offset, in chunks: memory does not grow with
// the file.
#pragma once
#include <array>
#include <cstdint>

#include "shared/core/error.hpp"

namespace vigie::agent::logs {

using Chunk = std::array<unsigned char, 64UL * 1024>;

// Bytes from `offset` on, through EINTR; 0 at the end of the file.
Result<size_t> read_at(int file, Chunk& chunk, uint64_t offset);
// corrupt unless `original` has these bytes at `offset`; `scratch` is what it is read into.
Result<void> expect_bytes(int original, const Chunk& bytes, size_t count, uint64_t offset, Chunk& scratch);
Result<void> expect_end(int original, uint64_t offset, Chunk& scratch);

// gzip (RFC 1952). Levels are zlib's: 1 to 9, or -1.
Result<void> write_gzip(int from, int to, int level);
// corrupt when `packed` does not decode to exactly the bytes of `original`.
Result<void> verify_gzip(int packed, int original);

// One frame of zstd (RFC 8878) with a checksum. Levels 1 to 19.
Result<void> write_zstd(int from, int to, int level);
Result<void> verify_zstd(int packed, int original);

}  // namespace vigie::agent::logs
