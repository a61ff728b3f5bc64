// Key pairs through libzmq, which uses libsodium.
#include "protocol/transport/keys.hpp"

#include <zmq.h>

#include <array>

#include "shared/core/assert.hpp"
#include "shared/crypto/sodium_hash.hpp"
#include "shared/os/secret_file.hpp"

namespace vigie::protocol {
namespace {
constexpr Bytes key_file_bytes_max = 4_KiB;  // two lines of 47 bytes, and room for comments

// The rest of the line that begins with "word ", or "".
std::string_view value_of(std::string_view text, std::string_view word) {
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.starts_with(word) && line.size() > word.size() && line[word.size()] == ' ') {
            return line.substr(word.size() + 1);
        }
    }
    return {};
}
}  // namespace

KeyPair make_key_pair() {
    std::array<char, key_text_size + 1> public_key{};
    std::string secret_key(key_text_size + 1, '\0');  // with libzmq's closing zero
    VIGIE_ASSERT(zmq_curve_keypair(public_key.data(), secret_key.data()) == 0);
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
    auto text = fmt::format("public {}\nsecret {}\n", pair.public_key, pair.secret_key.reveal());
    auto written = files.write_atomically(path, text, 0600);
    wipe(text);
    return written;
}

Result<KeyPair> load_key_pair(const std::string& path) {
    VIGIE_TRY(auto text, read_secret_file(path, key_file_bytes_max));
    KeyPair pair{.public_key = std::string(value_of(text, "public")),
                 .secret_key = Secret(std::string(value_of(text, "secret")))};
    wipe(text);
    const auto derived = public_key_of(pair.secret_key);
    if (!derived) {
        return fail(ErrorCode::corrupt, "{}: no usable line \"secret KEY\"", path);
    }
    if (*derived != pair.public_key) {
        return fail(ErrorCode::corrupt, "{}: the public key does not belong to the secret key", path);
    }
    return pair;
}

}  // namespace vigie::protocol
