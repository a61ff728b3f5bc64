// Pack files: sealed blobs one after the other, then a sealed header that lists them, then the header's length.
// Format: restic's doc/design.rst, "Pack Format" (version 2).
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "agent/backup/id.hpp"
#include "shared/core/error.hpp"
#include "shared/crypto/restic_cipher.hpp"

namespace vigie::agent::backup {

enum class BlobKind : uint8_t { data = 0, tree = 1 };
std::string_view name_of(BlobKind kind);

struct PackedBlob {
    Id id;  // of the plain content
    BlobKind kind = BlobKind::data;
    uint32_t offset = 0;
    uint32_t length = 0;               // as it lies there, sealed
    uint32_t uncompressed_length = 0;  // 0: not compressed

    uint32_t plain_length() const;
};

// Where it ends in its pack.
inline uint64_t end_of(const PackedBlob& blob) {
    return uint64_t{blob.offset} + blob.length;
}

// The size from which a pack is closed. restic's default: few enough files for any file system, small enough to hold in
// memory.
constexpr size_t pack_bytes_target = 16U << 20;
// The header's length at the end of the file.
constexpr size_t pack_trailer_bytes = 4;

// What the file's size is when these are all that it holds: for one blob, and for the file around them.
uint64_t packed_bytes(const PackedBlob& blob);
constexpr uint64_t pack_frame_bytes = restic_overhead_bytes + pack_trailer_bytes;

std::string format_pack_header(const std::vector<PackedBlob>& blobs);
// Offsets follow from the order and the lengths. malformed when an entry is cut short or of an unknown type.
Result<std::vector<PackedBlob>> parse_pack_header(std::string_view header);
// The sealed header's length from the last four bytes of a pack of `pack_bytes`; malformed when it cannot be.
Result<uint32_t> parse_pack_trailer(std::string_view last_four, uint64_t pack_bytes);

// Collects one pack in memory.
class PackBuilder {
  public:
    void add(BlobKind kind, const Id& id, std::string_view plain_or_compressed, uint32_t uncompressed_length,
             ResticCipher& cipher, Random& random);
    bool is_empty() const { return blobs_.empty(); }
    bool is_full() const;
    // The file's bytes, complete with header. Read blobs() before clear().
    const std::string& finish(ResticCipher& cipher, Random& random);
    const std::vector<PackedBlob>& blobs() const { return blobs_; }
    void clear();

  private:
    std::string bytes_;
    std::vector<PackedBlob> blobs_;
};

}  // namespace vigie::agent::backup
