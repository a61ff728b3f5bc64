// Clock discipline.
#include "agent/collect/kernel_clock.hpp"

#include <sys/timex.h>

#include <cerrno>
#include <ctime>

#include "agent/series/text.hpp"

namespace vigie::agent {

Result<void> collect_timex(SeriesWriter& out) {
    timex raw{};
    const auto status = adjtimex(&raw);
    if (status < 0) {
        return fail(errno_error(errno, "adjtimex"));
    }
    // See adjtimex(2): frequencies are parts per million with 16 bits of fraction; offset and jitter are in
    // microseconds, or nanoseconds with STA_NANO; the other times in microseconds.
    constexpr double microseconds = 1e6;
    constexpr double scaled_ppm = 65536 * 1e6;
    const double divisor = (raw.status & STA_NANO) != 0 ? 1e9 : 1e6;
    const auto number = [](auto value) { return static_cast<double>(value); };
    out.add("node_timex_sync_status", status == TIME_ERROR ? 0 : 1);
    out.add("node_timex_offset_seconds", number(raw.offset) / divisor);
    out.add("node_timex_frequency_adjustment_ratio", 1 + number(raw.freq) / scaled_ppm);
    out.add("node_timex_maxerror_seconds", number(raw.maxerror) / microseconds);
    out.add("node_timex_estimated_error_seconds", number(raw.esterror) / microseconds);
    out.add("node_timex_status", number(raw.status));
    out.add("node_timex_loop_time_constant", number(raw.constant));
    out.add("node_timex_tick_seconds", number(raw.tick) / microseconds);
    out.add("node_timex_pps_frequency_hertz", number(raw.ppsfreq) / scaled_ppm);
    out.add("node_timex_pps_jitter_seconds", number(raw.jitter) / divisor);
    out.add("node_timex_pps_shift_seconds", number(raw.shift));
    out.add("node_timex_pps_stability_hertz", number(raw.stabil) / scaled_ppm);
    out.add("node_timex_pps_jitter_total", number(raw.jitcnt));
    out.add("node_timex_pps_calibration_total", number(raw.calcnt));
    out.add("node_timex_pps_error_total", number(raw.errcnt));
    out.add("node_timex_pps_stability_exceeded_total", number(raw.stbcnt));
    out.add("node_timex_tai_offset_seconds", number(raw.tai));
    return {};
}

void emit_time(WallTime now, SeriesWriter& out) {
    const auto unix_seconds = static_cast<time_t>(unix_ms(now) / 1000);
    out.add("node_time_seconds", static_cast<double>(unix_ms(now)) / 1000);
    tm local{};
    if (localtime_r(&unix_seconds, &local) != nullptr) {
        out.add("node_time_zone_offset_seconds", {{"time_zone", local.tm_zone}}, static_cast<double>(local.tm_gmtoff));
    }
}

void emit_clocksources(std::string_view available, SeriesWriter& out) {
    available = trimmed(available);
    for (auto name = next_field(available); !name.empty(); name = next_field(available)) {
        out.add("node_time_clocksource_available_info", {{"clocksource", name}, {"device", "0"}}, 1);
    }
}

void emit_current_clocksource(std::string_view current, SeriesWriter& out) {
    out.add("node_time_clocksource_current_info", {{"clocksource", trimmed(current)}, {"device", "0"}}, 1);
}

}  // namespace vigie::agent
