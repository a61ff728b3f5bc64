// fuzz: vigie_shared_calendar
// fuzz: vigie_shared_calendar
// Any text as a schedule: refused, or its instants grow.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "shared/calendar/schedule.hpp"
#include "shared/core/assert.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
    const auto schedule = vigie::parse_schedule({reinterpret_cast<const char*>(bytes), size});
    if (schedule) {
        auto time = vigie::wall_from_unix_ms(1'800'000'000'000);
        for (int step = 0; step < 3; ++step) {
            const auto next = vigie::next_after(*schedule, time);
            VIGIE_ASSERT(next > time);
            time = next;
        }
    }
    return 0;
}
