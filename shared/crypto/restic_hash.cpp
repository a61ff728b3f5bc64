// SHA-256 through EVP, with the algorithm fetched once: an implicit fetch for each small blob costs more than its hash.
#include "shared/crypto/restic_hash.hpp"

#include <openssl/evp.h>

#include "shared/core/assert.hpp"

namespace vigie {

struct Sha256Stream::Context {
    EVP_MD* algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    EVP_MD_CTX* state = EVP_MD_CTX_new();
    Context() = default;
    ~Context() {
        EVP_MD_CTX_free(state);
        EVP_MD_free(algorithm);
    }
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
    void start() { VIGIE_ASSERT(EVP_DigestInit_ex(state, algorithm, nullptr) == 1); }
};

Sha256Stream::Sha256Stream() : context_(std::make_unique<Context>()) {
    VIGIE_ASSERT(context_->algorithm != nullptr && context_->state != nullptr);
    context_->start();
}
Sha256Stream::~Sha256Stream() = default;

void Sha256Stream::add(std::string_view bytes) {
    VIGIE_ASSERT(EVP_DigestUpdate(context_->state, bytes.data(), bytes.size()) == 1);
}

Sha256 Sha256Stream::finish() {
    Sha256 digest{};
    unsigned length = 0;
    VIGIE_ASSERT(EVP_DigestFinal_ex(context_->state, digest.data(), &length) == 1 && length == digest.size());
    context_->start();
    return digest;
}

Sha256 sha256(std::string_view bytes) {
    thread_local Sha256Stream stream;
    stream.add(bytes);
    return stream.finish();
}

}  // namespace vigie
