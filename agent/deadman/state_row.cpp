#include "agent/deadman/state_row.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace vigie::agent {
namespace {
constexpr uint64_t row_form = 1;
}

std::string state_row(const DeadmanState& state) {
    return fmt::format("{} {} {} {:d} {:d} {} {}\n", row_form, state.deputy, state.watch, state.is_open, state.is_told,
                       state.told_watch, static_cast<uint64_t>(unix_ms(state.silent_since)));
}

Result<DeadmanState> read_state_row(std::string_view row) {
    std::array<uint64_t, 7> numbers{};
    const char* at = row.data();
    const char* const end = at + row.size();
    for (size_t i = 0; i < numbers.size(); ++i) {
        const auto [stop, error] = std::from_chars(at, end, numbers[i]);
        if (error != std::errc{} || stop == end || *stop != (i + 1 < numbers.size() ? ' ' : '\n')) {
            return fail(ErrorCode::malformed, "expected {} numbers in a line", numbers.size());
        }
        at = stop + 1;
    }
    const auto [form, deputy, watch, is_open, is_told, told_watch, since] = numbers;
    if (at != end || form != row_form || deputy > UINT8_MAX || is_open > 1 || is_told > is_open || since > INT64_MAX) {
        return fail(ErrorCode::malformed, "its numbers can't be");
    }
    return DeadmanState{.deputy = static_cast<uint8_t>(deputy),
                        .watch = watch,
                        .is_open = is_open == 1,
                        .is_told = is_told == 1,
                        .told_watch = told_watch,
                        .silent_since = wall_from_unix_ms(static_cast<int64_t>(since))};
}

}  // namespace vigie::agent
