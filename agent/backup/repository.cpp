// Blobs to packs and back, and the index of both.
#include "agent/backup/repository.hpp"

namespace vigie::agent::backup {
namespace {

// An index file is written after so many packs (about 512 MiB), or index_blobs_max blobs, so that a killed run leaves
// most of its work found.
constexpr size_t index_packs_max = 32;
// The first byte of a compressed JSON file.
constexpr char compressed_mark = 2;
// A tree of a folder with a million files takes 400 MB; nothing that we or restic write comes near this.
constexpr size_t blob_bytes_max = 1U << 30;

size_t number_of(BlobKind kind) {
    return static_cast<size_t>(kind);
}

std::string describe(const PackedBlob& blob) {
    return fmt::format("{} blob {}", name_of(blob.kind), to_hex(blob.id));
}

}  // namespace

Result<void> Repository::load_index_file(const Id& id) {
    VIGIE_TRY(const auto json, load_json(FileKind::index, id));
    return parse_index_file(json, describe(FileKind::index, id), index_);
}

Result<void> Repository::load_index(std::vector<Error>* problems) {
    VIGIE_TRY(const auto files, storage_.list(FileKind::index));
    for (const auto& file : files) {
        auto loaded = load_index_file(file.id);
        if (!loaded && problems == nullptr) {
            return loaded;
        }
        if (!loaded) {
            problems->push_back(std::move(loaded.error()));
        }
    }
    return {};
}

Result<std::vector<Snapshot>> Repository::load_snapshots(std::vector<Error>* problems) {
    VIGIE_TRY(const auto files, storage_.list(FileKind::snapshot));
    std::vector<Snapshot> snapshots;
    for (const auto& file : files) {
        auto json = load_json(FileKind::snapshot, file.id);
        auto snapshot = json ? parse_snapshot(*json, file.id) : Result<Snapshot>(fail(json.error()));
        if (snapshot) {
            snapshots.push_back(std::move(*snapshot));
        } else if (problems == nullptr) {
            return fail(std::move(snapshot.error()));
        } else {
            problems->push_back(std::move(snapshot.error()));
        }
    }
    std::sort(snapshots.begin(), snapshots.end(),
              [](const Snapshot& a, const Snapshot& b) { return std::tie(a.time, a.id) < std::tie(b.time, b.id); });
    return snapshots;
}

Result<Id> Repository::save_json(FileKind kind, std::string_view json) {
    std::string plain(1, compressed_mark);
    plain += zstd_.compress(json);
    const auto sealed = cipher_.seal(plain, random_);
    const auto id = id_of(sealed);
    VIGIE_CHECK(storage_.save(kind, id, sealed));
    return id;
}

Result<std::string> Repository::load_json(FileKind kind, const Id& id) {
    const auto what = describe(kind, id);
    VIGIE_TRY(const auto sealed, storage_.load(kind, id));
    if (id_of(sealed) != id) {
        return fail(ErrorCode::corrupt, "{}: content does not match its name", what);
    }
    auto plain = cipher_.open(sealed);
    if (!plain) {
        return fail(plain.error().at(what));
    }
    if (plain->starts_with('{') || plain->starts_with('[')) {
        return std::move(*plain);
    }
    if (!plain->starts_with(compressed_mark)) {
        return fail(ErrorCode::unsupported, "{}: unknown encoding", what);
    }
    auto json = zstd_.decompress(std::string_view(*plain).substr(1), blob_bytes_max);
    return json ? std::move(json) : fail(json.error().at(what));
}

Result<Repository::Saved> Repository::save_blob(BlobKind kind, std::string_view content) {
    const auto id = id_of(content);
    auto& in_builder = in_builders_[number_of(kind)];
    if (index_.has(kind, id) || in_builder.contains(id)) {
        return Saved{.id = id};
    }
    if (content.size() > blob_bytes_max) {
        return fail(ErrorCode::too_large, "blob of {} bytes; a folder may hold about two million entries",
                    content.size());
    }
    auto& builder = builders_[number_of(kind)];
    const auto compressed = zstd_.compress(content);
    const bool is_smaller = compressed.size() < content.size();
    builder.add(kind, id, is_smaller ? compressed : content, is_smaller ? static_cast<uint32_t>(content.size()) : 0,
                cipher_, random_);
    in_builder.insert(id);
    const Saved saved{id, true, builder.blobs().back().length};
    if (builder.is_full()) {
        VIGIE_CHECK(flush_pack(kind));
        if (unindexed_.size() >= index_packs_max || unindexed_blobs_ >= index_blobs_max) {
            VIGIE_CHECK(flush_index());
        }
    }
    return saved;
}

Result<void> Repository::flush_pack(BlobKind kind) {
    auto& builder = builders_[number_of(kind)];
    if (builder.is_empty()) {
        return {};
    }
    const auto& bytes = builder.finish(cipher_, random_);
    const auto pack = id_of(bytes);
    VIGIE_CHECK(storage_.save(FileKind::pack, pack, bytes));
    for (const auto& blob : builder.blobs()) {
        index_.add(pack, blob);
    }
    unindexed_blobs_ += builder.blobs().size();
    unindexed_.emplace_back(pack, builder.blobs());
    builder.clear();
    in_builders_[number_of(kind)].clear();
    return {};
}

Result<void> Repository::flush_index() {
    if (unindexed_.empty()) {
        return {};
    }
    VIGIE_CHECK(save_json(FileKind::index, format_index_file(unindexed_)));
    unindexed_.clear();
    unindexed_blobs_ = 0;
    return {};
}

Result<std::vector<PackContents>> Repository::flush_packs() {
    VIGIE_CHECK(flush_pack(BlobKind::data));
    VIGIE_CHECK(flush_pack(BlobKind::tree));
    unindexed_blobs_ = 0;
    return std::exchange(unindexed_, {});
}

Result<void> Repository::flush() {
    VIGIE_CHECK(flush_pack(BlobKind::data));
    VIGIE_CHECK(flush_pack(BlobKind::tree));
    return flush_index();
}

Result<std::string> Repository::unpack_blob(const PackedBlob& blob, std::string_view packed, std::string_view what) {
    std::string content;
    if (blob.uncompressed_length != 0) {
        auto unpacked = zstd_.decompress(packed, std::min<size_t>(blob.uncompressed_length, blob_bytes_max));
        if (!unpacked) {
            return fail(unpacked.error().at(what));
        }
        content = std::move(*unpacked);
    } else {
        content = packed;
    }
    if (id_of(content) != blob.id) {
        return fail(ErrorCode::corrupt, "{}: content does not match its name", what);
    }
    return content;
}

Result<std::string> Repository::open_blob(const PackedBlob& blob, std::string_view sealed) {
    const auto what = describe(blob);
    const auto packed = cipher_.open(sealed);
    return packed ? unpack_blob(blob, *packed, what) : fail(packed.error().at(what));
}

Result<void> Repository::copy_blob(const BlobPlace& place) {
    const auto& blob = place.blob;
    const auto what = fmt::format("{}: {}", describe(FileKind::pack, place.pack), describe(blob));
    VIGIE_TRY(const auto sealed, storage_.load_range(FileKind::pack, place.pack, blob.offset, blob.length));
    const auto packed = cipher_.open(sealed);
    if (!packed) {
        return fail(packed.error().at(what));
    }
    VIGIE_CHECK(unpack_blob(blob, *packed, what));
    auto& builder = builders_[number_of(blob.kind)];
    builder.add(blob.kind, blob.id, *packed, blob.uncompressed_length, cipher_, random_);
    return builder.is_full() ? flush_pack(blob.kind) : Result<void>{};
}

Result<std::string> Repository::load_blob(BlobKind kind, const Id& id) {
    const auto place = index_.find(kind, id);
    if (!place) {
        return fail(ErrorCode::not_found, "{} blob {}: in no index", name_of(kind), to_hex(id));
    }
    VIGIE_TRY(const auto sealed,
              storage_.load_range(FileKind::pack, place->pack, place->blob.offset, place->blob.length));
    auto content = open_blob(place->blob, sealed);
    return content ? std::move(content) : fail(content.error().at(describe(FileKind::pack, place->pack)));
}

Result<std::vector<Node>> Repository::load_tree(const Id& id) {
    VIGIE_TRY(const auto json, load_blob(BlobKind::tree, id));
    return parse_tree(json, "tree " + to_hex(id));
}

}  // namespace vigie::agent::backup
