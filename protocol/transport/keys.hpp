// CURVE key pairs (Curve25519) in Z85 text, and the file that holds one.
#pragma once
#include <string>
#include <string_view>

#include "shared/core/error.hpp"
#include "shared/crypto/sodium_secret.hpp"
#include "shared/os/files.hpp"

namespace vigie::protocol {

constexpr size_t key_text_size = 40;  // 32 bytes in Z85

struct KeyPair {
    std::string public_key;
    Secret secret_key;
};

KeyPair make_key_pair();
// 40 characters of Z85 that decode.
bool is_key_text(std::string_view text);
// What people compare keys by: 16 digits of its BLAKE2b-256, in fours. The public key itself is no secret, but long.
std::string fingerprint_of(std::string_view public_key);
// malformed when the text is no key.
Result<std::string> public_key_of(const Secret& secret_key);

// Writes "public KEY" and "secret KEY", one a line, with mode 0600.
Result<void> save_key_pair(Files& files, const std::string& path, const KeyPair& pair);
// denied when others may read the file; corrupt when it is no key file or its halves do not belong together.
Result<KeyPair> load_key_pair(const std::string& path);

}  // namespace vigie::protocol
