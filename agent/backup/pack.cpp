// Little-endian numbers and 37 or 41 bytes for each blob.
#include "agent/backup/pack.hpp"

namespace vigie::agent::backup {
namespace {

constexpr uint8_t compressed_bit = 2;
constexpr size_t plain_entry_bytes = 1 + 4 + 32;
constexpr size_t compressed_entry_bytes = 1 + 4 + 4 + 32;
// As in restic: a larger header can't be one.
constexpr size_t header_bytes_max = 16U << 20;
// So many entries keep a header within its limit: tiny files would fill a pack with 400,000 otherwise.
constexpr size_t pack_blobs_max = 100'000;

void append_u32(uint32_t value, std::string& out) {
    for (int shift = 0; shift < 32; shift += 8) {
        out += static_cast<char>(value >> shift & 0xff);
    }
}

uint32_t read_u32(std::string_view bytes) {
    uint32_t value = 0;
    for (size_t i = 4; i-- > 0;) {
        value = value << 8 | static_cast<uint8_t>(bytes[i]);
    }
    return value;
}

}  // namespace

std::string_view name_of(BlobKind kind) {
    return kind == BlobKind::data ? "data" : "tree";
}

uint32_t PackedBlob::plain_length() const {
    return uncompressed_length != 0 ? uncompressed_length : length - static_cast<uint32_t>(restic_overhead_bytes);
}

uint64_t packed_bytes(const PackedBlob& blob) {
    return blob.length + (blob.uncompressed_length != 0 ? compressed_entry_bytes : plain_entry_bytes);
}

std::string format_pack_header(const std::vector<PackedBlob>& blobs) {
    std::string header;
    header.reserve(blobs.size() * compressed_entry_bytes);
    for (const auto& blob : blobs) {
        const bool is_compressed = blob.uncompressed_length != 0;
        header += static_cast<char>(static_cast<uint8_t>(blob.kind) | (is_compressed ? compressed_bit : 0));
        append_u32(blob.length, header);
        if (is_compressed) {
            append_u32(blob.uncompressed_length, header);
        }
        header.append(reinterpret_cast<const char*>(blob.id.bytes.data()), blob.id.bytes.size());
    }
    return header;
}

Result<std::vector<PackedBlob>> parse_pack_header(std::string_view header) {
    std::vector<PackedBlob> blobs;
    uint64_t offset = 0;
    while (!header.empty()) {
        const auto type = static_cast<uint8_t>(header[0]);
        const bool is_compressed = (type & compressed_bit) != 0;
        const size_t entry_bytes = is_compressed ? compressed_entry_bytes : plain_entry_bytes;
        if (type > 3 || header.size() < entry_bytes) {
            return fail(ErrorCode::malformed, "pack header: entry {} has type {} and {} bytes are left", blobs.size(),
                        type, header.size());
        }
        PackedBlob blob;
        blob.kind = (type & 1) != 0 ? BlobKind::tree : BlobKind::data;
        blob.length = read_u32(header.substr(1));
        blob.uncompressed_length = is_compressed ? read_u32(header.substr(5)) : 0;
        blob.offset = static_cast<uint32_t>(offset);
        std::memcpy(blob.id.bytes.data(), header.data() + entry_bytes - 32, 32);
        offset += blob.length;
        if (blob.length < restic_overhead_bytes || offset > UINT32_MAX) {
            return fail(ErrorCode::malformed, "pack header: entry {} has length {}", blobs.size(), blob.length);
        }
        blobs.push_back(blob);
        header.remove_prefix(entry_bytes);
    }
    return blobs;
}

Result<uint32_t> parse_pack_trailer(std::string_view last_four, uint64_t pack_bytes) {
    if (last_four.size() != pack_trailer_bytes) {
        return fail(ErrorCode::malformed, "pack: no header length");
    }
    const auto length = read_u32(last_four);
    if (length < restic_overhead_bytes || length > header_bytes_max || length + pack_trailer_bytes > pack_bytes) {
        return fail(ErrorCode::malformed, "pack: header length {} in a file of {} bytes", length, pack_bytes);
    }
    return length;
}

void PackBuilder::add(BlobKind kind, const Id& id, std::string_view plain_or_compressed, uint32_t uncompressed_length,
                      ResticCipher& cipher, Random& random) {
    if (bytes_.capacity() < pack_bytes_target) {
        // Room for the largest chunk on top, so that the bytes are never moved. Memory is taken only as far as it is
        // touched.
        bytes_.reserve(pack_bytes_target + (9U << 20));
    }
    const size_t offset = bytes_.size();
    cipher.seal(plain_or_compressed, random, bytes_);
    blobs_.push_back(
        {id, kind, static_cast<uint32_t>(offset), static_cast<uint32_t>(bytes_.size() - offset), uncompressed_length});
}

bool PackBuilder::is_full() const {
    return bytes_.size() >= pack_bytes_target || blobs_.size() >= pack_blobs_max;
}

const std::string& PackBuilder::finish(ResticCipher& cipher, Random& random) {
    const size_t before = bytes_.size();
    cipher.seal(format_pack_header(blobs_), random, bytes_);
    append_u32(static_cast<uint32_t>(bytes_.size() - before), bytes_);
    return bytes_;
}

void PackBuilder::clear() {
    bytes_.clear();
    blobs_.clear();
}

}  // namespace vigie::agent::backup
