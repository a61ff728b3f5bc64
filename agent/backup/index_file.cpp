// Index files: {"packs":[{"id":…,"blobs":[{"id","type","offset","length","uncompressed_length"}]}]}.
#include <iterator>

#include "agent/backup/index.hpp"
#include "agent/backup/json_reader.hpp"

namespace vigie::agent::backup {
namespace {

void append_blob(const PackedBlob& blob, std::string& out) {
    out += "{\"id\":\"";
    append_hex(blob.id, out);
    fmt::format_to(std::back_inserter(out), "\",\"type\":\"{}\",\"offset\":{},\"length\":{}", name_of(blob.kind),
                   blob.offset, blob.length);
    if (blob.uncompressed_length != 0) {
        fmt::format_to(std::back_inserter(out), ",\"uncompressed_length\":{}", blob.uncompressed_length);
    }
    out += '}';
}

uint32_t read_u32(JsonReader& reader) {
    const auto value = reader.unsigned_number();
    if (value > UINT32_MAX) {
        reader.reject("32-bit number expected");
    }
    return static_cast<uint32_t>(value);
}

void read_id(JsonReader& reader, Id& id) {
    if (const auto parsed = parse_id(reader.string())) {
        id = *parsed;
    } else {
        reader.reject("id of 64 hex digits expected");
    }
}

PackedBlob read_blob(JsonReader& reader) {
    PackedBlob blob;
    bool has_id = false;
    reader.enter_object();
    while (const auto key = reader.next_key()) {
        if (*key == "id") {
            read_id(reader, blob.id);
            has_id = true;
        } else if (*key == "type") {
            const auto type = reader.string();
            blob.kind = type == "tree" ? BlobKind::tree : BlobKind::data;
            if (type != "tree" && type != "data") {
                reader.reject("blob type 'data' or 'tree' expected");
            }
        } else if (*key == "offset") {
            blob.offset = read_u32(reader);
        } else if (*key == "length") {
            blob.length = read_u32(reader);
        } else if (*key == "uncompressed_length") {
            blob.uncompressed_length = read_u32(reader);
        } else {
            reader.skip();
        }
    }
    if (reader.is_good() && (!has_id || blob.length < restic_overhead_bytes)) {
        reader.reject("blob without id or shorter than its encryption");
    }
    return blob;
}

void read_pack(JsonReader& reader, Index& index, std::vector<PackedBlob>& blobs) {
    Id pack;
    bool has_id = false;
    blobs.clear();
    reader.enter_object();
    while (const auto key = reader.next_key()) {
        if (*key == "id") {
            read_id(reader, pack);
            has_id = true;
        } else if (*key == "blobs") {
            reader.enter_array();
            while (reader.next_element()) {
                blobs.push_back(read_blob(reader));
            }
        } else {
            reader.skip();
        }
    }
    if (!reader.is_good()) {
        return;
    }
    if (!has_id) {
        reader.reject("pack without id");
        return;
    }
    index.add_pack(pack);
    for (const auto& blob : blobs) {
        index.add(pack, blob);
    }
}

}  // namespace

std::string format_index_file(const std::vector<PackContents>& packs) {
    std::string out = "{\"packs\":[";
    for (const auto& [pack, blobs] : packs) {
        out += out.back() == '[' ? "{\"id\":\"" : ",{\"id\":\"";
        append_hex(pack, out);
        out += "\",\"blobs\":[";
        for (const auto& blob : blobs) {
            if (out.back() != '[') {
                out += ',';
            }
            append_blob(blob, out);
        }
        out += "]}";
    }
    out += "]}";
    return out;
}

Result<void> parse_index_file(std::string_view json, std::string_view what, Index& index) {
    JsonReader reader(json);
    std::vector<PackedBlob> blobs;
    reader.enter_object();
    while (const auto key = reader.next_key()) {
        if (*key != "packs") {
            reader.skip();
            continue;
        }
        reader.enter_array();
        while (reader.next_element()) {
            read_pack(reader, index, blobs);
        }
    }
    return reader.finish(what);
}

}  // namespace vigie::agent::backup
