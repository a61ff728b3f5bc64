// Which names may stand for a host.
#include "shared/core/ids.hpp"

#include <algorithm>

namespace vigie {
namespace {
bool is_name_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
}
}  // namespace

bool is_agent_name(std::string_view text) {
    return !text.empty() && text.size() <= agent_name_bytes_max && text.front() != '.' && text.front() != '-' &&
           std::all_of(text.begin(), text.end(), is_name_byte);
}
}  // namespace vigie
