// The name of everything in a repository: the SHA-256 of its bytes, written as 64 hex digits.
#pragma once
#include <array>
#include <compare>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "shared/crypto/restic_hash.hpp"

namespace vigie::agent::backup {

struct Id {
    Sha256 bytes{};
    auto operator<=>(const Id&) const = default;

    // Good as a hash as it is: the bytes come from SHA-256.
    uint64_t prefix() const {
        uint64_t value = 0;
        std::memcpy(&value, bytes.data(), sizeof value);
        return value;
    }
};

struct IdHash {
    size_t operator()(const Id& id) const noexcept { return id.prefix(); }
};

Id id_of(std::string_view content);
std::string to_hex(const Id& id);
void append_hex(const Id& id, std::string& out);
// The first 8 digits, as restic shows names to people.
std::string short_hex(const Id& id);
// Nothing unless the text is exactly 64 lower-case hex digits.
std::optional<Id> parse_id(std::string_view text);

}  // namespace vigie::agent::backup
