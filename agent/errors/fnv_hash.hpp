// FNV-1a of 64 bits, by Fowler, Noll and Vo. No secret, and nobody is kept from finding two texts with one hash.
#pragma once
#include <cstdint>
#include <string_view>

namespace vigie::agent::errors {

constexpr uint64_t fnv_offset = 0xcbf29ce484222325;

// `hash`: of what stands before.
constexpr uint64_t fnv_hash(std::string_view bytes, uint64_t hash = fnv_offset) {
    constexpr uint64_t prime = 0x100000001b3;
    for (const char c : bytes) {
        hash = (hash ^ static_cast<unsigned char>(c)) * prime;
    }
    return hash;
}

}  // namespace vigie::agent::errors
