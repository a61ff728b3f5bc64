// Cuts files where their content says so (Rabin fingerprints), so that an insertion changes one or two chunks only. The
// same cuts as restic's chunker library: a window of 64 bytes, a cut where the low 20 bits of the fingerprint are zero.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "shared/os/random.hpp"

namespace vigie::agent::backup {

// A polynomial over GF(2); bit i is the coefficient of x^i.
using Polynomial = uint64_t;
constexpr int polynomial_degree = 53;

int degree_of(Polynomial polynomial);  // -1 of zero
Polynomial remainder_of(Polynomial dividend, Polynomial divisor);
bool is_irreducible(Polynomial polynomial);  // Ben-Or's test
// Irreducible, of degree 53, as each repository has one of its own.
Polynomial make_polynomial(Random& random);

class Chunker {
  public:
    static constexpr size_t chunk_bytes_min = 512U << 10;
    static constexpr size_t chunk_bytes_max = 8U << 20;

    explicit Chunker(Polynomial polynomial);

    // Begins a chunk. Each file begins one.
    void start();
    // Reads on through the bytes that follow. A number is the end of the chunk within them, and the next chunk has
    // begun behind it; nothing means that all were read and the chunk goes on.
    std::optional<size_t> find_cut(std::string_view bytes);

  private:
    static constexpr size_t window_bytes = 64;

    std::array<uint64_t, 256> slide_out_{};
    std::array<uint64_t, 256> reduce_{};
    std::array<uint8_t, window_bytes> window_{};
    size_t window_at_ = 0;
    uint64_t digest_ = 0;
    size_t chunk_bytes_ = 0;
};

}  // namespace vigie::agent::backup
