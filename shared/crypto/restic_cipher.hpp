// The encryption of restic's repositories: AES-256-CTR, then Poly1305-AES over the ciphertext, and scrypt for
// passwords. Format: restic's doc/design.rst, "Keys, Encryption and MAC". A sealed message is IV (16) || ciphertext ||
// MAC (16).
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "shared/core/error.hpp"
#include "shared/os/random.hpp"

namespace vigie {

constexpr size_t restic_iv_bytes = 16;
constexpr size_t restic_mac_bytes = 16;
constexpr size_t restic_overhead_bytes = restic_iv_bytes + restic_mac_bytes;

struct ResticKey {
    std::array<uint8_t, 32> encrypt{};
    std::array<uint8_t, 16> mac_k{};
    std::array<uint8_t, 16> mac_r{};
};

// Poly1305-AES (Bernstein 2005): r is clamped here, so any 16 bytes will do.
std::array<uint8_t, 16> poly1305_aes(std::string_view message, const std::array<uint8_t, 16>& k,
                                     const std::array<uint8_t, 16>& r, const std::array<uint8_t, 16>& nonce);

struct ScryptCost {
    uint64_t n = 0;  // a power of two
    uint32_t r = 0;
    uint32_t p = 0;
};
// scrypt (RFC 7914) takes 128 * n * r bytes of memory. More than this is refused, so that a foreign key file cannot
// make us take gigabytes; restic calibrates itself to 60 MB.
constexpr uint64_t scrypt_memory_bytes_max = 512ULL << 20;
// `length` bytes from the password; malformed when the cost is out of range.
Result<std::string> scrypt(std::string_view password, std::string_view salt, ScryptCost cost, size_t length);
// The key that a password stands for: 64 bytes of scrypt, of which 32 encrypt, 16 mac_k, 16 mac_r.
Result<ResticKey> derive_restic_key(std::string_view password, std::string_view salt, ScryptCost cost);
ResticKey make_restic_key(Random& random);

// Seals and opens with one key. Holds libcrypto's contexts, so it is cheap for each small blob. One thread at a time.
class ResticCipher {
  public:
    explicit ResticCipher(const ResticKey& key);
    ~ResticCipher();
    ResticCipher(ResticCipher&&) noexcept;
    ResticCipher& operator=(ResticCipher&&) noexcept;

    // Appends the sealed plaintext to `out`, under a fresh random IV.
    void seal(std::string_view plaintext, Random& random, std::string& out);
    std::string seal(std::string_view plaintext, Random& random);
    // The plaintext, or corrupt when the message is too short or its MAC is wrong. The MAC is compared in constant
    // time.
    Result<std::string> open(std::string_view sealed);

  private:
    struct Contexts;
    std::unique_ptr<Contexts> contexts_;
};

}  // namespace vigie
