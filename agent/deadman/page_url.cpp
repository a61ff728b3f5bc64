#include "agent/deadman/page_url.hpp"

namespace vigie::agent {

Result<std::string> page_url_of(std::string_view text, std::string_view file) {
    const auto url = text.substr(0, text.find_first_of("\r\n"));
    if (!url.starts_with("http://") && !url.starts_with("https://")) {
        return fail(ErrorCode::malformed, "{}: the first line must begin with https:// or http://", file);
    }
    return std::string(url);
}

}  // namespace vigie::agent
