// fuzz: vigie_controller_errors
// Rows of errors, as a disk that turns bits gives them back: what was read, written and read again is the same.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "controller/errors/rows.hpp"

namespace {

using namespace vigie::controller;

template <typename Row>
void expect_same(const vigie::Result<Row>& read, const vigie::Result<Row>& again) {
    if (read && (!again || *again != *read)) {
        __builtin_trap();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view row(reinterpret_cast<const char*>(data), size);
    if (const auto group = errors::decode_group("0123456789abcdef", row)) {
        expect_same(group, errors::decode_group("0123456789abcdef", errors::encode(*group)));
    }
    if (const auto sample = errors::decode_sample(row)) {
        expect_same(sample, errors::decode_sample(errors::encode(*sample)));
    }
    if (const auto share = errors::decode_share(row)) {
        expect_same(share, errors::decode_share(errors::encode(*share)));
    }
    if (const auto count = errors::decode_count(row)) {
        expect_same(count, errors::decode_count(errors::encode_count(*count)));
    }
    return 0;
}
