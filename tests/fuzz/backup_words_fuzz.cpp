// fuzz: vigie_agent_backup
// What people write for a backup: patterns, policies and selections. The first byte chooses which.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/backup/pack_selection.hpp"
#include "agent/backup/path_pattern.hpp"
#include "agent/backup/retention.hpp"
#include "shared/core/assert.hpp"

using namespace vigie::agent::backup;

namespace {

// A pattern, a line's end, and a path.
void match(std::string_view text) {
    const auto end = text.find('\n');
    const auto pattern = PathPattern::parse(text.substr(0, end));
    if (!pattern || end == std::string_view::npos) {
        return;
    }
    const std::string folder = "/" + std::string(text.substr(end + 1));
    const auto below = folder + "/x";
    VIGIE_ASSERT(!pattern->matches_entry(folder) || pattern->matches(folder));
    VIGIE_ASSERT(!pattern->matches(folder) || pattern->matches(below));
    VIGIE_ASSERT(!pattern->matches_entry(below) || pattern->may_match_below(folder));
}

void read_span(std::string_view text) {
    const auto span = parse_calendar_span(text);
    VIGIE_ASSERT(!span || parse_calendar_span(format_calendar_span(*span)).value() == *span);
}

void read_lines(std::string_view text) {
    PathPatterns patterns;
    static_cast<void>(patterns.add_lines(text, "fuzz"));
    static_cast<void>(patterns.matches("/srv/data/file.log"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0]) {
        case 'p':
            match(rest);
            break;
        case 'l':
            read_lines(rest);
            break;
        case 's':
            read_span(rest);
            break;
        case 'n':
            static_cast<void>(parse_keep_count(rest));
            break;
        case 'g':
            static_cast<void>(parse_grouping(rest));
            break;
        case 'r':
            static_cast<void>(parse_pack_selection(rest));
            break;
        default:
            break;
    }
    return 0;
}
