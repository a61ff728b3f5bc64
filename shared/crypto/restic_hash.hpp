// SHA-256 as restic repositories name their files and blobs by it. Through libcrypto, which uses the CPU's SHA
// instructions.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

namespace vigie {

using Sha256 = std::array<uint8_t, 32>;

Sha256 sha256(std::string_view bytes);

// The same in pieces.
class Sha256Stream {
  public:
    Sha256Stream();
    ~Sha256Stream();
    Sha256Stream(const Sha256Stream&) = delete;
    Sha256Stream& operator=(const Sha256Stream&) = delete;
    void add(std::string_view bytes);
    Sha256 finish();  // once; afterwards the stream starts anew

  private:
    struct Context;
    std::unique_ptr<Context> context_;
};

}  // namespace vigie
