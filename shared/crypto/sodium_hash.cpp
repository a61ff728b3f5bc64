// libsodium's generic hash is BLAKE2b.
#include "shared/crypto/sodium_hash.hpp"

#include <sodium.h>

#include <array>

#include "shared/core/assert.hpp"

namespace vigie {

std::string blake2b_hex(std::string_view bytes) {
    std::array<unsigned char, 32> digest{};
    const int status = crypto_generichash(
        digest.data(), digest.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), nullptr, 0);
    VIGIE_ASSERT(status == 0);
    std::array<char, 65> hex{};
    sodium_bin2hex(hex.data(), hex.size(), digest.data(), digest.size());
    return hex.data();
}

bool is_equal_constant_time(std::string_view left, std::string_view right) {
    return left.size() == right.size() && sodium_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace vigie
