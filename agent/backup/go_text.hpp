// Text exactly as Go's standard library writes it, since restic's trees are named by the hash of such text.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "shared/core/error.hpp"

namespace vigie::agent::backup {

// strconv.Quote without the outer quotes: any bytes in, valid UTF-8 out.
std::string go_quote(std::string_view bytes);
// Back again; malformed for what Quote never writes.
Result<std::string> go_unquote(std::string_view text);

// encoding/json's string with its quotes, <, > and & escaped as \u003c and so on; invalid UTF-8 becomes \ufffd.
void append_json_string(std::string_view text, std::string& out);

bool is_valid_utf8(std::string_view bytes);

std::string to_base64(std::string_view bytes);
Result<std::string> from_base64(std::string_view text);  // padded, standard alphabet

// A moment to the nanosecond, over all years a file system may hold.
struct Moment {
    int64_t seconds = 0;  // since 1970-01-01T00:00:00Z, negative before
    uint32_t nanoseconds = 0;
    auto operator<=>(const Moment&) const = default;
};

// time.RFC3339Nano in UTC. Years beyond 0000-9999 are moved to the nearest of these, as restic does.
std::string format_moment(Moment moment);
void append_moment(Moment moment, std::string& out);
// Any zone, up to nine digits of a second.
Result<Moment> parse_moment(std::string_view text);
// How far the zone of such a text is east of UTC, in seconds; 0 when it is no moment.
int32_t utc_offset_of_moment(std::string_view text);

}  // namespace vigie::agent::backup
