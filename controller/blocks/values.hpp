// Values of one series as bytes. Each double comes back bit by bit, NaNs and the sign of zero included.
#pragma once
#include <span>
#include <vector>

#include "controller/blocks/bytes.hpp"
#include "shared/core/error.hpp"

namespace vigie::controller::blocks {

void encode_values(std::span<const double> values, ByteWriter& out);
// Adds `count` values to `out`, as many as were encoded.
Result<void> decode_values(ByteReader& in, size_t count, std::vector<double>& out);

}  // namespace vigie::controller::blocks
