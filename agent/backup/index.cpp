// A hash table without nodes. SHA-256 is its own hash.
#include "agent/backup/index.hpp"

namespace vigie::agent::backup {

uint32_t Index::slot_of(BlobKind kind, const Id& id) const {
    if (slots_.empty()) {
        return no_entry;
    }
    const size_t mask = slots_.size() - 1;
    for (size_t at = id.prefix() & mask; slots_[at] != no_entry; at = (at + 1) & mask) {
        const auto& blob = entries_[slots_[at]].blob;
        if (blob.id == id && blob.kind == kind) {
            return slots_[at];
        }
    }
    return no_entry;
}

void Index::place(uint32_t number) {
    const size_t mask = slots_.size() - 1;
    size_t at = entries_[number].blob.id.prefix() & mask;
    while (slots_[at] != no_entry) {
        at = (at + 1) & mask;
    }
    slots_[at] = number;
}

void Index::grow() {
    const size_t wanted = std::max<size_t>(1024, slots_.size() * 2);
    slots_ = {};  // give the old table back before the new one is taken
    slots_.assign(wanted, no_entry);
    for (uint32_t number = 0; number < entries_.size(); ++number) {
        place(number);
    }
}

uint32_t Index::number_of_pack(const Id& pack) {
    if (!packs_.empty() && packs_.back() == pack) {
        return static_cast<uint32_t>(packs_.size() - 1);
    }
    const auto [found, is_new] = pack_numbers_.try_emplace(pack, static_cast<uint32_t>(packs_.size()));
    if (is_new) {
        packs_.push_back(pack);
    }
    return found->second;
}

void Index::add_pack(const Id& pack) {
    number_of_pack(pack);
}

void Index::add(const Id& pack, const PackedBlob& blob) {
    const auto number = number_of_pack(pack);
    if (has(blob.kind, blob.id) || is_beyond_limit(pack, blob)) {
        return;
    }
    if ((entries_.size() + 1) * 4 > slots_.size() * 3) {
        grow();
    }
    entries_.push_back({blob, number});
    place(static_cast<uint32_t>(entries_.size() - 1));
}

bool Index::is_beyond_limit(const Id& pack, const PackedBlob& blob) const {
    const auto limit = limits_.find(pack);
    return limit != limits_.end() && end_of(blob) > limit->second;
}

std::optional<uint32_t> Index::number_of(BlobKind kind, const Id& id) const {
    const auto number = slot_of(kind, id);
    return number != no_entry ? std::optional(number) : std::nullopt;
}

BlobPlace Index::at(uint32_t number) const {
    const auto& entry = entries_[number];
    return {packs_[entry.pack], entry.blob};
}

std::optional<BlobPlace> Index::find(BlobKind kind, const Id& id) const {
    const auto number = number_of(kind, id);
    return number ? std::optional(at(*number)) : std::nullopt;
}

std::vector<std::pair<Id, uint64_t>> Index::pack_ends() const {
    std::vector<uint64_t> ends(packs_.size());
    for (const auto& entry : entries_) {
        ends[entry.pack] = std::max(ends[entry.pack], end_of(entry.blob));
    }
    std::vector<std::pair<Id, uint64_t>> packs;
    for (size_t number = 0; number < ends.size(); ++number) {
        packs.emplace_back(packs_[number], ends[number]);
    }
    return packs;
}

void Index::for_each(const std::function<void(const Id& pack, const PackedBlob&)>& visit) const {
    for (const auto& entry : entries_) {
        visit(packs_[entry.pack], entry.blob);
    }
}

}  // namespace vigie::agent::backup
