// fuzz: vigie_agent_scrape
// What a target answers: the same whether it comes at once or byte by byte, and never more than its bound. What is read
// of it becomes keys that can be read again, each once. The same bytes as a URL.
#include <cstddef>
#include <cstdint>
#include <set>
#include <string_view>

#include "agent/scrape/http_response.hpp"
#include "agent/scrape/scraped_series.hpp"
#include "agent/scrape/target_address.hpp"

namespace {

using namespace vigie;
using namespace vigie::agent;

constexpr Bytes body_max = 512_B;

// The body of a whole answer.
std::optional<std::string> read(std::string_view text, size_t piece) {
    HttpResponse response(body_max);
    while (!text.empty()) {
        const auto taken = response.take(text.substr(0, piece));
        if (!taken || *taken) {
            return taken ? std::optional(response.body()) : std::nullopt;
        }
        text.remove_prefix(std::min(piece, text.size()));
    }
    return response.end() ? std::optional(response.body()) : std::nullopt;
}

void check_series(std::string_view text, bool honor_labels) {
    ScrapedSeries series({{"job", "j"}, {"exported_job", "k"}, {"instance", "i"}}, honor_labels);
    if (!series.read(ExpositionFormat::prometheus_text, text, 100)) {
        return;
    }
    std::set<std::string, std::less<>> keys;
    series.add_to([&](std::string_view key, double) {
        ParsedSample again;
        const auto line = std::string(key) + " 1";
        const auto parsed = parse_text_line(line, {.may_have_blanks = true, .may_escape_any = false}, again);
        if (!parsed || !keys.emplace(key).second) {
            __builtin_trap();
        }
    });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto whole = read(text, std::max<size_t>(size, 1));
    if (whole != read(text, 1) || (whole && whole->size() > body_max.count)) {
        __builtin_trap();
    }
    for (const bool honor_labels : {false, true}) {
        check_series(text, honor_labels);
        check_series(whole.value_or(""), honor_labels);
    }
    if (const auto target = parse_target_url(text);
        target && target->path.find_first_of("\r\n ") != std::string::npos) {
        __builtin_trap();
    }
    return 0;
}
