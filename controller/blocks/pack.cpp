// u8 form; varint count; for each its series' id less the one before, signed, and varint its bytes; the chunks.
#include "controller/blocks/pack.hpp"

#include <algorithm>

#include "controller/blocks/bytes.hpp"

namespace vigie::controller::blocks {

namespace {
constexpr uint8_t pack_form = 1;
constexpr size_t entry_bytes_min = 2;

tl::unexpected<Error> damaged() {
    return fail(ErrorCode::corrupt, "store: a pack of a block can't be read");
}
}  // namespace

void PackWriter::add(uint64_t series, std::string_view chunk) {
    entries_.push_back({series, chunk.size()});
    chunks_.append(chunk);
}

std::string PackWriter::take() {
    ByteWriter out;
    out.u8(pack_form);
    out.varint(entries_.size());
    uint64_t before = 0;
    for (const auto& [series, bytes] : entries_) {
        out.signed_varint(series - before);
        out.varint(bytes);
        before = series;
    }
    out.bytes(chunks_);
    entries_.clear();
    chunks_.clear();
    return out.take();
}

Result<Pack> Pack::read(std::string_view row) {
    ByteReader in(row);
    const auto form = in.u8();
    const auto count = in.varint();
    if (form != pack_form || !in.is_ok() || count > in.left() / entry_bytes_min) {
        return damaged();
    }
    struct Place {
        uint64_t series;
        uint64_t bytes;
    };
    std::vector<Place> places;
    places.reserve(count);
    uint64_t series = 0;
    for (uint64_t i = 0; i < count; ++i) {
        series += in.signed_varint();
        places.push_back({series, in.varint()});
    }
    Pack pack;
    pack.entries_.reserve(count);
    for (const auto& [id, bytes] : places) {
        if (bytes > in.left()) {
            return damaged();
        }
        pack.entries_.push_back({id, in.bytes(bytes)});
    }
    return in.is_ok() && in.is_done() ? Result<Pack>(std::move(pack)) : damaged();
}

const Pack::Entry* Pack::find(uint64_t series) const {
    const auto found =
        std::find_if(entries_.begin(), entries_.end(), [series](const Entry& entry) { return entry.series == series; });
    return found == entries_.end() ? nullptr : &*found;
}

}  // namespace vigie::controller::blocks
