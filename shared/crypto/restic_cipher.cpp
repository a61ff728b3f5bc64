// AES-256-CTR, Poly1305-AES and scrypt through libcrypto's EVP interfaces.
#include "shared/crypto/restic_cipher.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <cstring>

#include "shared/core/assert.hpp"

namespace vigie {
namespace {

using Block = std::array<uint8_t, 16>;

const uint8_t* bytes_of(std::string_view text) {
    return reinterpret_cast<const uint8_t*>(text.data());
}

// The RFC 8439 one-time key: r, then AES_k(nonce). libcrypto clamps r itself.
class Poly1305Aes {
  public:
    Poly1305Aes(const Block& k, const Block& r)
        : aes_(EVP_CIPHER_CTX_new()), poly_(EVP_MAC_fetch(nullptr, "POLY1305", nullptr)), mac_(EVP_MAC_CTX_new(poly_)) {
        VIGIE_ASSERT(aes_ != nullptr && mac_ != nullptr);
        VIGIE_ASSERT(EVP_EncryptInit_ex(aes_, EVP_aes_128_ecb(), nullptr, k.data(), nullptr) == 1);
        EVP_CIPHER_CTX_set_padding(aes_, 0);
        std::memcpy(one_time_key_.data(), r.data(), r.size());
    }
    ~Poly1305Aes() {
        OPENSSL_cleanse(one_time_key_.data(), one_time_key_.size());
        EVP_MAC_CTX_free(mac_);
        EVP_MAC_free(poly_);
        EVP_CIPHER_CTX_free(aes_);
    }
    Poly1305Aes(const Poly1305Aes&) = delete;
    Poly1305Aes& operator=(const Poly1305Aes&) = delete;

    Block tag(std::string_view message, const uint8_t* nonce) {
        int length = 0;
        VIGIE_ASSERT(EVP_EncryptUpdate(aes_, one_time_key_.data() + 16, &length, nonce, 16) == 1 && length == 16);
        VIGIE_ASSERT(EVP_MAC_init(mac_, one_time_key_.data(), one_time_key_.size(), nullptr) == 1);
        VIGIE_ASSERT(EVP_MAC_update(mac_, bytes_of(message), message.size()) == 1);
        Block tag{};
        size_t tag_length = 0;
        VIGIE_ASSERT(EVP_MAC_final(mac_, tag.data(), &tag_length, tag.size()) == 1 && tag_length == tag.size());
        return tag;
    }

  private:
    EVP_CIPHER_CTX* aes_;
    EVP_MAC* poly_;
    EVP_MAC_CTX* mac_;
    std::array<uint8_t, 32> one_time_key_{};
};

}  // namespace

std::array<uint8_t, 16> poly1305_aes(std::string_view message, const Block& k, const Block& r, const Block& nonce) {
    return Poly1305Aes(k, r).tag(message, nonce.data());
}

Result<std::string> scrypt(std::string_view password, std::string_view salt, ScryptCost cost, size_t length) {
    const bool is_power_of_two = cost.n > 1 && (cost.n & (cost.n - 1)) == 0;
    if (!is_power_of_two || cost.r == 0 || cost.p == 0 || cost.r > 1024 || cost.p > 1024 ||
        cost.n > scrypt_memory_bytes_max / (128ULL * cost.r)) {
        return fail(ErrorCode::malformed, "scrypt: cost N={} r={} p={} is out of range", cost.n, cost.r, cost.p);
    }
    std::string derived(length, '\0');
    // libcrypto's own limit is 32 MiB, which N=32768 r=8 already passes; its small buffers come on top.
    const uint64_t memory_max = 128ULL * cost.r * (cost.n + cost.p + 2) + (1U << 20);
    if (EVP_PBE_scrypt(password.data(), password.size(), bytes_of(salt), salt.size(), cost.n, cost.r, cost.p,
                       memory_max, reinterpret_cast<uint8_t*>(derived.data()), derived.size()) != 1) {
        return fail(ErrorCode::malformed, "scrypt: refused for N={} r={} p={}", cost.n, cost.r, cost.p);
    }
    return derived;
}

Result<ResticKey> derive_restic_key(std::string_view password, std::string_view salt, ScryptCost cost) {
    VIGIE_TRY(auto derived, scrypt(password, salt, cost, 64));
    ResticKey key;
    std::memcpy(key.encrypt.data(), derived.data(), 32);
    std::memcpy(key.mac_k.data(), derived.data() + 32, 16);
    std::memcpy(key.mac_r.data(), derived.data() + 48, 16);
    OPENSSL_cleanse(derived.data(), derived.size());
    return key;
}

ResticKey make_restic_key(Random& random) {
    ResticKey key;
    random.fill(key.encrypt);
    random.fill(key.mac_k);
    random.fill(key.mac_r);
    // The bits that Poly1305 wants clear, so that what we store is what is used.
    for (const size_t i : {3U, 7U, 11U, 15U}) {
        key.mac_r[i] &= 0x0f;
    }
    for (const size_t i : {4U, 8U, 12U}) {
        key.mac_r[i] &= 0xfc;
    }
    return key;
}

struct ResticCipher::Contexts {
    explicit Contexts(const ResticKey& key) : mac(key.mac_k, key.mac_r) {
        VIGIE_ASSERT(aes != nullptr);
        VIGIE_ASSERT(EVP_EncryptInit_ex(aes, EVP_aes_256_ctr(), nullptr, key.encrypt.data(), nullptr) == 1);
    }
    ~Contexts() { EVP_CIPHER_CTX_free(aes); }
    Contexts(const Contexts&) = delete;
    Contexts& operator=(const Contexts&) = delete;

    // CTR mode is its own inverse. Pieces of 1 GiB: EVP counts in int.
    void apply(const uint8_t* iv, std::string_view in, uint8_t* out) {
        VIGIE_ASSERT(EVP_EncryptInit_ex(aes, nullptr, nullptr, nullptr, iv) == 1);
        while (!in.empty()) {
            const int piece = static_cast<int>(std::min<size_t>(in.size(), 1U << 30));
            int length = 0;
            VIGIE_ASSERT(EVP_EncryptUpdate(aes, out, &length, bytes_of(in), piece) == 1 && length == piece);
            in.remove_prefix(static_cast<size_t>(piece));
            out += piece;
        }
    }

    EVP_CIPHER_CTX* aes = EVP_CIPHER_CTX_new();
    Poly1305Aes mac;
};

ResticCipher::ResticCipher(const ResticKey& key) : contexts_(std::make_unique<Contexts>(key)) {}
ResticCipher::~ResticCipher() = default;
ResticCipher::ResticCipher(ResticCipher&&) noexcept = default;
ResticCipher& ResticCipher::operator=(ResticCipher&&) noexcept = default;

void ResticCipher::seal(std::string_view plaintext, Random& random, std::string& out) {
    Block iv{};
    random.fill(iv);
    const size_t start = out.size();
    out.append(reinterpret_cast<const char*>(iv.data()), iv.size());
    out.resize(start + restic_iv_bytes + plaintext.size());
    contexts_->apply(iv.data(), plaintext, reinterpret_cast<uint8_t*>(out.data()) + start + restic_iv_bytes);
    const auto tag = contexts_->mac.tag(std::string_view(out).substr(start + restic_iv_bytes), iv.data());
    out.append(reinterpret_cast<const char*>(tag.data()), tag.size());
}

std::string ResticCipher::seal(std::string_view plaintext, Random& random) {
    std::string out;
    out.reserve(plaintext.size() + restic_overhead_bytes);
    seal(plaintext, random, out);
    return out;
}

Result<std::string> ResticCipher::open(std::string_view sealed) {
    if (sealed.size() < restic_overhead_bytes) {
        return fail(ErrorCode::corrupt, "encrypted message of {} bytes is too short", sealed.size());
    }
    const auto ciphertext = sealed.substr(restic_iv_bytes, sealed.size() - restic_overhead_bytes);
    const auto tag = contexts_->mac.tag(ciphertext, bytes_of(sealed));
    if (CRYPTO_memcmp(tag.data(), sealed.data() + sealed.size() - restic_mac_bytes, tag.size()) != 0) {
        return fail(ErrorCode::corrupt, "encrypted message fails its authentication (MAC)");
    }
    std::string plaintext(ciphertext.size(), '\0');
    contexts_->apply(bytes_of(sealed), ciphertext, reinterpret_cast<uint8_t*>(plaintext.data()));
    return plaintext;
}

}  // namespace vigie
