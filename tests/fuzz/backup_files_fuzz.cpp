// fuzz: vigie_agent_backup
// The other files of a repository: the first byte chooses which.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/backup/compression.hpp"
#include "agent/backup/index.hpp"
#include "agent/backup/key_file.hpp"
#include "agent/backup/lock.hpp"
#include "agent/backup/snapshot.hpp"

using namespace vigie::agent::backup;

namespace {

void read_pack_header(std::string_view bytes) {
    const auto blobs = parse_pack_header(bytes);
    // An entry marked as compressed to a length of zero is written as one that is not.
    const bool is_plain = blobs && std::none_of(blobs->begin(), blobs->end(),
                                                [](const PackedBlob& blob) { return blob.uncompressed_length == 0; });
    if (is_plain && format_pack_header(*blobs) != bytes) {
        __builtin_trap();
    }
}

void read_index(std::string_view text) {
    Index index;
    static_cast<void>(parse_index_file(text, "fuzz", index));
    index.for_each([&index](const Id&, const PackedBlob& blob) {
        if (!index.has(blob.kind, blob.id)) {
            __builtin_trap();
        }
    });
}

void read_snapshot(std::string_view text) {
    const auto snapshot = parse_snapshot(text, Id{});
    if (snapshot && !parse_snapshot(format_snapshot(*snapshot), Id{})) {
        __builtin_trap();
    }
}

void read_quoted(std::string_view text) {
    if (go_unquote(go_quote(text)).value() != text) {
        __builtin_trap();
    }
    static_cast<void>(go_unquote(text));
    static_cast<void>(from_base64(text));
    if (const auto moment = parse_moment(text); moment && !parse_moment(format_moment(*moment))) {
        __builtin_trap();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0]) {
        case 'p':
            read_pack_header(rest);
            break;
        case 't':
            static_cast<void>(parse_pack_trailer(rest, 1000));
            break;
        case 'i':
            read_index(rest);
            break;
        case 's':
            read_snapshot(rest);
            break;
        case 'l':
            static_cast<void>(parse_lock(rest, "fuzz"));
            break;
        case 'q':
            read_quoted(rest);
            break;
        case 'z':
            static_cast<void>(Zstd().decompress(rest, 1U << 20));
            break;
        case 'k':
            static_cast<void>(read_key_owner(rest, "fuzz"));
            // A cost of more than a millisecond would leave no time for anything else.
            if (rest.find("\"N\":16,") != std::string_view::npos) {
                static_cast<void>(open_key_file(rest, "pw", "fuzz"));
            }
            break;
        default:
            break;
    }
    return 0;
}
