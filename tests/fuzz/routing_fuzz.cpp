// fuzz: vigie_controller_routing
// Any text as alertmanager.yml, as matchers and as the parts of time intervals; any bytes as a stored silence. What was
// read is written and read again as the same.
#include <cstdlib>

#include "controller/routing/matcher.hpp"
#include "controller/routing/routing_file.hpp"
#include "controller/routing/silence.hpp"
#include "controller/routing/time_interval.hpp"

namespace {

namespace routing = vigie::controller::routing;

void check_matchers(std::string_view text) {
    if (const auto one = routing::parse_matcher(text)) {
        const auto again = routing::parse_matcher(routing::text_of(*one));
        if (!again || routing::text_of(*again) != routing::text_of(*one)) {
            std::abort();
        }
    }
    if (const auto some = routing::parse_matchers(text)) {
        const auto again = routing::parse_matchers(routing::text_of(*some));
        if (!some->empty() && (!again || again->size() != some->size())) {
            std::abort();
        }
    }
}

void check_silence(std::string_view bytes) {
    if (const auto silence = routing::decode_silence(bytes)) {
        const auto again = routing::decode_silence(routing::encode(*silence));
        if (!again || routing::encode(*again) != routing::encode(*silence)) {
            std::abort();
        }
    }
}

void check_intervals(std::string_view text) {
    const auto minute = routing::parse_minute_of_day(text);
    if (minute && (*minute < 0 || *minute > 24 * 60)) {
        std::abort();
    }
    for (const auto& range : {routing::parse_weekdays(text), routing::parse_days_of_month(text),
                              routing::parse_months(text), routing::parse_years(text)}) {
        if (!range && range.error().message.empty()) {
            std::abort();
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    const auto file = routing::parse_routing_file(text, "a.yml");
    if (!file && !file.error().message.starts_with("a.yml:")) {
        std::abort();
    }
    check_matchers(text);
    check_silence(text);
    check_intervals(text);
    return 0;
}
