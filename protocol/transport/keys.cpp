// Key pairs through libzmq, which uses libsodium.
#include "protocol/transport/keys.hpp"

#include <zmq.h>

#include <array>

#include "protocol/transport/key_file.hpp"
#include "shared/core/assert.hpp"
#include "shared/crypto/sodium_hash.hpp"

namespace vigie::protocol {

KeyPair make_key_pair() {
    std::array<char, key_text_size + 1> public_key{};
    std::string secret_key(key_text_size + 1, '\0');  // with libzmq's closing zero
    // One in a hundred begins with '-' and would be taken for an option where it is an argument.
    do {
        VIGIE_ASSERT(zmq_curve_keypair(public_key.data(), secret_key.data()) == 0);
    } while (public_key.front() == '-');
    secret_key.resize(key_text_size);
    return KeyPair{.public_key = public_key.data(), .secret_key = Secret(std::move(secret_key))};
}

bool is_key_text(std::string_view text) {
    if (text.size() != key_text_size || text.find('\0') != std::string_view::npos) {
        return false;
    }
    std::array<uint8_t, 32> bytes{};
    return zmq_z85_decode(bytes.data(), std::string(text).c_str()) != nullptr;
}

std::string fingerprint_of(std::string_view public_key) {
    const auto hash = blake2b_hex(public_key);
    return fmt::format("{}-{}-{}-{}", hash.substr(0, 4), hash.substr(4, 4), hash.substr(8, 4), hash.substr(12, 4));
}

Result<std::string> public_key_of(const Secret& secret_key) {
    std::array<char, key_text_size + 1> public_key{};
    if (!is_key_text(secret_key.reveal()) || zmq_curve_public(public_key.data(), secret_key.reveal().c_str()) != 0) {
        return fail(ErrorCode::malformed, "secret key: not {} characters of Z85", key_text_size);
    }
    return std::string(public_key.data());
}

Result<void> save_key_pair(Files& files, const std::string& path, const KeyPair& pair) {
    auto text = key_file_text({.keys = pair, .controller_key = {}});
    auto written = files.write_atomically(path, text, 0600);
    wipe(text);
    return written;
}

Result<KeyPair> load_key_pair(const std::string& path) {
    VIGIE_TRY(auto file, load_key_file(path));
    return std::move(file.keys);
}

}  // namespace vigie::protocol
