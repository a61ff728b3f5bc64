// What machines report are mostly decimal numbers of few digits and counts of bytes: integers once multiplied by a
// power of ten, of which many share their lowest bits. Those are written as differences; others as XORed doubles, as
// Gorilla does (Pelkonen et al., VLDB 2015), but in whole bytes, which zstd can read.
//
// u8 mode, then
//   same:        8 bytes of the double that all are
//   same_scaled: u8 digits, signed n:            all are n / 10^digits
//   delta:       u8 digits, u8 shift, signed n0, then signed (difference >> shift) of each later one
//   delta2:      the same with the differences' differences, the first difference standing whole
//   delta_odd, delta2_odd: the same, behind it the values that are no such numbers (NaN, infinity, -0): varint count,
//                then for each varint how many places after the one before, and its 8 bytes. In their places the
//                integers repeat.
//   raw:         for each the XOR with the one before: u8 (zero bytes above << 4 | bytes), and the bytes
// A value is n / 10^digits because a correctly rounded quotient is what reads as that decimal number; n * 0.01 is not.
#include "controller/blocks/values.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <optional>

namespace vigie::controller::blocks {

namespace {

enum class Mode : uint8_t { same, same_scaled, delta, delta2, delta_odd, delta2_odd, raw };

constexpr size_t digits_max = 9;  // nanoseconds as seconds
constexpr std::array<double, digits_max + 1> powers_of_ten = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
constexpr double integers_max = 9007199254740992.0;  // 2^53: beyond it not every integer is a double
constexpr size_t odd_fraction = 8;                   // more odd values than one in so many: raw

uint64_t bits_of(double value) {
    return std::bit_cast<uint64_t>(value);
}

// The integer that stands for a value, when the value comes back from it.
std::optional<int64_t> scaled(double value, size_t digits) {
    const double product = value * powers_of_ten[digits];
    if (!(std::abs(product) < integers_max)) {  // NaN too
        return std::nullopt;
    }
    const double rounded = std::nearbyint(product);
    const auto integer = static_cast<int64_t>(rounded);
    if (bits_of(static_cast<double>(integer) / powers_of_ten[digits]) != bits_of(value)) {
        return std::nullopt;
    }
    return integer;
}

// Integers in the places of the values, and which values are none.
struct Scaled {
    size_t digits = 0;
    std::vector<int64_t> integers;
    std::vector<size_t> odd;
};

// The fewest digits with which all values but the odd ones are integers. A value that is an integer with some digits is
// one with more, so that a pass which finds one that needs more goes on from there.
std::optional<Scaled> scale(std::span<const double> values) {
    Scaled found;
    const auto odd_max = values.size() / odd_fraction;
    for (size_t i = 0; i < values.size(); ++i) {
        auto digits = found.digits;
        while (digits <= digits_max && !scaled(values[i], digits)) {
            ++digits;
        }
        if (digits <= digits_max) {
            found.digits = digits;
        } else if (found.odd.size() == odd_max) {
            return std::nullopt;
        } else {
            found.odd.push_back(i);
        }
    }
    found.integers.reserve(values.size());
    size_t next_odd = 0;
    for (size_t i = 0; i < values.size(); ++i) {
        if (next_odd < found.odd.size() && found.odd[next_odd] == i) {
            ++next_odd;
            found.integers.push_back(found.integers.empty() ? 0 : found.integers.back());
            continue;
        }
        const auto integer = scaled(values[i], found.digits);
        if (!integer) {
            return std::nullopt;  // so many digits that it left the integers
        }
        found.integers.push_back(*integer);
    }
    return found;
}

// Differences of numbers below 2^53 fit, and so do theirs.
std::vector<int64_t> differences(std::span<const int64_t> numbers) {
    std::vector<int64_t> out;
    for (size_t i = 1; i < numbers.size(); ++i) {
        out.push_back(numbers[i] - numbers[i - 1]);
    }
    return out;
}

int bits_in(std::span<const int64_t> numbers) {
    int bits = 0;
    for (const auto number : numbers) {
        bits += static_cast<int>(std::bit_width(zigzag(static_cast<uint64_t>(number))));
    }
    return bits;
}

// The zero bits that all share at their low end.
int shared_zeros(std::span<const int64_t> numbers) {
    uint64_t any = 0;
    for (const auto number : numbers) {
        any |= static_cast<uint64_t>(number);
    }
    return any == 0 ? 0 : std::countr_zero(any);
}

void write_scaled(std::span<const double> values, const Scaled& from, ByteWriter& out) {
    const auto steps = differences(from.integers);
    const bool is_same = std::all_of(steps.begin(), steps.end(), [](int64_t step) { return step == 0; });
    if (is_same && from.odd.empty()) {
        out.u8(static_cast<uint8_t>(Mode::same_scaled));
        out.u8(static_cast<uint8_t>(from.digits));
        out.signed_varint(static_cast<uint64_t>(from.integers.front()));
        return;
    }
    const auto changes = differences(steps);
    const bool is_second = !changes.empty() && bits_in(changes) < bits_in(std::span(steps).subspan(1));
    const auto mode = is_second ? (from.odd.empty() ? Mode::delta2 : Mode::delta2_odd)
                                : (from.odd.empty() ? Mode::delta : Mode::delta_odd);
    const auto& written = is_second ? changes : steps;
    const auto shift = shared_zeros(written);
    out.u8(static_cast<uint8_t>(mode));
    out.u8(static_cast<uint8_t>(from.digits));
    out.u8(static_cast<uint8_t>(shift));
    out.signed_varint(static_cast<uint64_t>(from.integers.front()));
    if (is_second) {
        out.signed_varint(static_cast<uint64_t>(steps.front()));
    }
    for (const auto number : written) {
        out.signed_varint(static_cast<uint64_t>(number >> shift));
    }
    if (from.odd.empty()) {
        return;
    }
    out.varint(from.odd.size());
    size_t before = 0;
    for (const auto place : from.odd) {
        out.varint(place - before);
        out.fixed(bits_of(values[place]));
        before = place;
    }
}

void write_raw(std::span<const double> values, ByteWriter& out) {
    out.u8(static_cast<uint8_t>(Mode::raw));
    uint64_t before = 0;
    for (const auto value : values) {
        const auto bits = bits_of(value);
        const auto changed = bits ^ before;
        before = bits;
        const auto above = static_cast<size_t>(std::countl_zero(changed)) / 8;
        const auto below = changed == 0 ? 0 : static_cast<size_t>(std::countr_zero(changed)) / 8;
        const auto count = 8 - above - below;
        out.u8(static_cast<uint8_t>(above << 4 | count));
        out.fixed(changed >> (8 * below), count);
    }
}

tl::unexpected<Error> damaged() {
    return fail(ErrorCode::corrupt, "store: the values of a block can't be read");
}

void read_raw(ByteReader& in, size_t count, std::vector<double>& out) {
    uint64_t bits = 0;
    for (size_t i = 0; i < count && in.is_ok(); ++i) {
        const size_t form = in.u8();
        const size_t bytes = form & 0xf;
        const size_t zeros = (form >> 4) + bytes;
        if (zeros > 8) {
            in.bytes(in.left() + 1);  // spoils
            return;
        }
        if (bytes > 0) {
            bits ^= in.fixed(bytes) << (8 * (8 - zeros));
        }
        out.push_back(std::bit_cast<double>(bits));
    }
}

void read_odd(ByteReader& in, size_t first, std::vector<double>& out) {
    auto place = first;
    for (auto left = in.varint(); left > 0 && in.is_ok(); --left) {
        const auto step = in.varint();
        const auto bits = in.fixed();
        if (step >= out.size() - place) {
            in.bytes(in.left() + 1);  // spoils
            return;
        }
        place += step;
        out[place] = std::bit_cast<double>(bits);
    }
}

// Numbers without a sign: they may wrap in damaged bytes.
template <bool is_second>
void read_scaled(ByteReader& in, size_t count, double divisor, int shift, std::vector<double>& out) {
    const auto as_double = [divisor](uint64_t number) {
        return static_cast<double>(static_cast<int64_t>(number)) / divisor;
    };
    auto number = in.signed_varint();
    uint64_t step = 0;
    out.push_back(as_double(number));
    if (is_second && count > 1) {
        step = in.signed_varint();
        number += step;
        out.push_back(as_double(number));
    }
    const auto first = out.size();
    const auto left = count - std::min<size_t>(count, is_second ? 2 : 1);
    out.resize(first + left);
    for (size_t i = 0; i < left; ++i) {
        const auto difference = in.signed_varint() << shift;
        if constexpr (is_second) {
            step += difference;
            number += step;
        } else {
            number += difference;
        }
        out[first + i] = as_double(number);
    }
}

}  // namespace

void encode_values(std::span<const double> values, ByteWriter& out) {
    if (values.empty()) {
        return;
    }
    if (const auto found = scale(values)) {
        return write_scaled(values, *found, out);
    }
    const auto first = bits_of(values.front());
    if (std::all_of(values.begin(), values.end(), [first](double value) { return bits_of(value) == first; })) {
        out.u8(static_cast<uint8_t>(Mode::same));
        out.fixed(first);
        return;
    }
    write_raw(values, out);
}

Result<void> decode_values(ByteReader& in, size_t count, std::vector<double>& out) {
    if (count == 0) {
        return {};
    }
    const auto mode = static_cast<Mode>(in.u8());
    const auto first = out.size();
    if (mode == Mode::same) {
        out.resize(first + count, std::bit_cast<double>(in.fixed()));
        return in.is_ok() ? Result<void>() : damaged();
    }
    // Of the other kinds but one each value takes a byte or more.
    if (mode == Mode::raw) {
        if (in.left() < count) {
            return damaged();
        }
        read_raw(in, count, out);
        return in.is_ok() ? Result<void>() : damaged();
    }
    const size_t digits = in.u8();
    if (mode > Mode::raw || digits > digits_max) {
        return damaged();
    }
    const auto divisor = powers_of_ten[digits];
    if (mode == Mode::same_scaled) {
        out.resize(first + count, static_cast<double>(static_cast<int64_t>(in.signed_varint())) / divisor);
        return in.is_ok() ? Result<void>() : damaged();
    }
    const int shift = in.u8();
    if (shift > 63 || in.left() < count) {
        return damaged();
    }
    const bool is_second = mode == Mode::delta2 || mode == Mode::delta2_odd;
    is_second ? read_scaled<true>(in, count, divisor, shift, out) : read_scaled<false>(in, count, divisor, shift, out);
    if (mode == Mode::delta_odd || mode == Mode::delta2_odd) {
        read_odd(in, first, out);
    }
    return in.is_ok() ? Result<void>() : damaged();
}

}  // namespace vigie::controller::blocks
