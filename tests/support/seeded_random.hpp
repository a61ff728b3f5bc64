// The same bytes each time for the same seed. Never for keys outside tests.
#pragma once
#include <random>

#include "shared/os/random.hpp"

namespace vigie::tests {

class SeededRandom final : public Random {
  public:
    explicit SeededRandom(uint64_t seed) : engine_(seed) {}
    void fill(std::span<uint8_t> bytes) override {
        for (auto& byte : bytes) {
            byte = static_cast<uint8_t>(engine_());
        }
    }

  private:
    std::mt19937_64 engine_;
};

}  // namespace vigie::tests
