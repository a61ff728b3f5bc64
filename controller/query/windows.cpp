#include "controller/query/windows.hpp"

namespace vigie::controller::query {
namespace {

// Steps of doubling length, then a binary search in the last one.
template <typename IsBefore>
size_t gallop(std::span<const int64_t> times, size_t start, IsBefore is_before) {
    size_t length = 1;
    size_t low = start;
    while (low < times.size() && is_before(times[low])) {
        const auto next = std::min(low + length, times.size());
        if (next == times.size() || !is_before(times[next])) {
            const auto begin = times.begin() + static_cast<long>(low) + 1;
            const auto end = times.begin() + static_cast<long>(next);
            return static_cast<size_t>(std::partition_point(begin, end, is_before) - times.begin());
        }
        low = next;
        length *= 2;
    }
    return low;
}

}  // namespace

size_t first_after(std::span<const int64_t> times_ms, size_t start, int64_t time) {
    return gallop(times_ms, start, [time](int64_t one) { return one <= time; });
}

size_t first_at(std::span<const int64_t> times_ms, size_t start, int64_t time) {
    return gallop(times_ms, start, [time](int64_t one) { return one < time; });
}

}  // namespace vigie::controller::query
