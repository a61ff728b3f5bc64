// Hashes, then registers.
#include "agent/statsd/unique_values.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>

namespace vigie::agent {
namespace {

constexpr int register_bits = 12;
static_assert(1U << register_bits == unique_values_registers);

// splitmix64's last steps: registers need bits that are as good as random.
uint64_t hash_of(std::string_view value) {
    uint64_t hash = std::hash<std::string_view>{}(value);
    hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9U;
    hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebU;
    return hash ^ (hash >> 31);
}

}  // namespace

void UniqueValues::add_to_registers(uint64_t hash) {
    auto& highest = registers_[hash >> (64 - register_bits)];
    const auto rank = static_cast<uint8_t>(std::countl_zero((hash << register_bits) | 1U) + 1);
    highest = std::max(highest, rank);
}

void UniqueValues::add(std::string_view value) {
    const auto hash = hash_of(value);
    if (!registers_.empty()) {
        return add_to_registers(hash);
    }
    const auto at = std::lower_bound(hashes_.begin(), hashes_.end(), hash);
    if (at != hashes_.end() && *at == hash) {
        return;
    }
    hashes_.insert(at, hash);
    if (hashes_.size() > unique_values_exact_max) {
        registers_.assign(unique_values_registers, 0);
        for (const auto known : hashes_) {
            add_to_registers(known);
        }
        hashes_ = {};
    }
}

double UniqueValues::count() const {
    if (registers_.empty()) {
        return static_cast<double>(hashes_.size());
    }
    constexpr double m = unique_values_registers;
    double sum = 0;
    double empty = 0;
    for (const auto rank : registers_) {
        sum += std::ldexp(1.0, -rank);
        empty += rank == 0 ? 1 : 0;
    }
    const double estimate = 0.7213 / (1 + 1.079 / m) * m * m / sum;
    // Where registers are empty, counting those is more exact (section 4 of the paper).
    return std::round(estimate <= 2.5 * m && empty > 0 ? m * std::log(m / empty) : estimate);
}

void UniqueValues::clear() {
    hashes_.clear();
    registers_ = {};
}

}  // namespace vigie::agent
