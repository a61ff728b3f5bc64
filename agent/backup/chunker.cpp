// Rabin fingerprints (Rabin 1981) in the variant of restic's chunker.
#include "agent/backup/chunker.hpp"

#include <bit>
#include <utility>

#include "shared/core/assert.hpp"

namespace vigie::agent::backup {
namespace {

// On average one cut in 2^20 bytes after the minimum.
constexpr uint64_t cut_mask = (1U << 20) - 1;
constexpr int digest_shift = polynomial_degree - 8;

// a * b mod m, for a and b of lower degree than m.
Polynomial multiply(Polynomial a, Polynomial b, Polynomial modulus) {
    const int degree = degree_of(modulus);
    Polynomial product = 0;
    while (b != 0) {
        product ^= (b & 1) != 0 ? a : 0;
        b >>= 1;
        a <<= 1;
        a ^= (a >> degree & 1) != 0 ? modulus : 0;
    }
    return product;
}

Polynomial greatest_common_divisor(Polynomial a, Polynomial b) {
    while (b != 0) {
        a = std::exchange(b, remainder_of(a, b));
    }
    return a;
}

Polynomial append_byte(Polynomial hash, uint8_t byte, Polynomial modulus) {
    return remainder_of(hash << 8 | byte, modulus);
}

}  // namespace

int degree_of(Polynomial polynomial) {
    return std::bit_width(polynomial) - 1;
}

Polynomial remainder_of(Polynomial dividend, Polynomial divisor) {
    VIGIE_ASSERT(divisor != 0);
    const int degree = degree_of(divisor);
    for (int above = degree_of(dividend); above >= degree; above = degree_of(dividend)) {
        dividend ^= divisor << (above - degree);
    }
    return dividend;
}

bool is_irreducible(Polynomial polynomial) {
    const int degree = degree_of(polynomial);
    if (degree < 1 || degree > 60) {
        return false;
    }
    if (degree == 1) {
        return true;
    }
    // Reducible when it shares a factor with x^(2^i) - x, the product of all irreducibles whose degree divides i.
    const Polynomial x = remainder_of(2, polynomial);
    Polynomial power = x;
    for (int i = 1; i <= degree / 2; ++i) {
        power = multiply(power, power, polynomial);
        if (greatest_common_divisor(polynomial, power ^ x) != 1) {
            return false;
        }
    }
    return true;
}

Polynomial make_polynomial(Random& random) {
    // One in 53 is irreducible on average, one in 26 of those with a constant term: the loop ends soon.
    for (;;) {
        const Polynomial candidate =
            (random.next() & ((1ULL << (polynomial_degree + 1)) - 1)) | 1ULL << polynomial_degree | 1;
        if (is_irreducible(candidate)) {
            return candidate;
        }
    }
}

Chunker::Chunker(Polynomial polynomial) {
    VIGIE_ASSERT(degree_of(polynomial) == polynomial_degree);
    for (unsigned byte = 0; byte < 256; ++byte) {
        Polynomial hash = append_byte(0, static_cast<uint8_t>(byte), polynomial);
        for (size_t i = 0; i + 1 < window_bytes; ++i) {
            hash = append_byte(hash, 0, polynomial);
        }
        slide_out_[byte] = hash;
        // Adding the entry reduces the digest and clears its top byte in one step.
        const Polynomial top = static_cast<Polynomial>(byte) << polynomial_degree;
        reduce_[byte] = remainder_of(top, polynomial) | top;
    }
    start();
}

void Chunker::start() {
    window_.fill(0);
    // A leading one, so that zeros in front of a chunk count; it has left the window before the first possible cut.
    window_[0] = 1;
    window_at_ = 1;
    digest_ = 1;
    chunk_bytes_ = 0;
}

std::optional<size_t> Chunker::find_cut(std::string_view bytes) {
    // Only the last 64 bytes of the minimum can matter.
    size_t at = 0;
    constexpr size_t skipped = chunk_bytes_min - window_bytes;
    if (chunk_bytes_ < skipped) {
        at = std::min(skipped - chunk_bytes_, bytes.size());
        chunk_bytes_ += at;
    }
    uint64_t digest = digest_;
    size_t window_at = window_at_;
    size_t length = chunk_bytes_;
    for (; at < bytes.size(); ++at) {
        const auto byte = static_cast<uint8_t>(bytes[at]);
        digest ^= slide_out_[window_[window_at]];
        window_[window_at] = byte;
        window_at = (window_at + 1) % window_bytes;
        const auto index = static_cast<uint8_t>(digest >> digest_shift);
        digest = (digest << 8 | byte) ^ reduce_[index];
        ++length;
        if (length >= chunk_bytes_min && ((digest & cut_mask) == 0 || length >= chunk_bytes_max)) {
            start();
            return at + 1;
        }
    }
    digest_ = digest;
    window_at_ = window_at;
    chunk_bytes_ = length;
    return std::nullopt;
}

}  // namespace vigie::agent::backup
