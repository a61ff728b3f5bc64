// How many different values there were: exactly up to 500, beyond by HyperLogLog (Flajolet and others, 2007)
// with a standard error of 1.6 %.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

namespace vigie::agent {

constexpr size_t unique_values_exact_max = 500;    // as much memory as the registers
constexpr size_t unique_values_registers = 4'096;  // 1.04 / sqrt(4096) = 1.6 %

class UniqueValues {
  public:
    void add(std::string_view value);
    double count() const;
    void clear();

  private:
    void add_to_registers(uint64_t hash);
    std::vector<uint64_t> hashes_;    // sorted; empty once there are registers
    std::vector<uint8_t> registers_;  // empty, or one for each value of a hash's first 12 bits
};

}  // namespace vigie::agent
