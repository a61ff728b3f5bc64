// Random bytes as an interface. SystemRandom is fit for keys; a test gives a seeded one.
#pragma once
#include <cstdint>
#include <span>
#include <string>

namespace vigie {

class Random {
  public:
    virtual ~Random() = default;
    virtual void fill(std::span<uint8_t> bytes) = 0;

    uint64_t next();                // uniform over all 64 bits
    double fraction();              // uniform in [0, 1)
    std::string hex(size_t bytes);  // 2 * bytes lower-case hex digits
};

class SystemRandom final : public Random {
  public:
    void fill(std::span<uint8_t> bytes) override;  // getrandom(2); never fails once the kernel's pool is ready
};

}  // namespace vigie
