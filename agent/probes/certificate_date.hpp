// The date at which a certificate ends, as OpenSSL prints it and libcurl hands it on. Pure.
#pragma once
#include <optional>
#include <string_view>

#include "shared/core/time.hpp"

namespace vigie::agent {

// "Nov 27 03:00:00 2026 GMT"; the day may be of one digit with a blank before it. Nothing for anything else.
std::optional<WallTime> parse_certificate_date(std::string_view text);

}  // namespace vigie::agent
