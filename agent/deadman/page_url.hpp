// Where the agent pages by itself.
#pragma once
#include <string>
#include <string_view>

#include "shared/core/error.hpp"
#include "shared/core/units.hpp"

namespace vigie::agent {

constexpr Bytes page_url_file_max = 16_KiB;

// The first line of `text`, which is that of the file. malformed, naming the file, unless it is a URL of http or https.
Result<std::string> page_url_of(std::string_view text, std::string_view file);

}  // namespace vigie::agent
