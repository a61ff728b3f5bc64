// regcomp(3).
#include "agent/probes/pattern.hpp"

#include <array>

namespace vigie::agent {

Result<Pattern> Pattern::make(const std::string& text) {
    Pattern pattern;
    if (const int status = regcomp(&pattern.compiled_, text.c_str(), REG_EXTENDED | REG_NOSUB | REG_NEWLINE);
        status != 0) {
        std::array<char, 128> why{};
        regerror(status, &pattern.compiled_, why.data(), why.size());
        return fail(ErrorCode::malformed, "'{}' is not a regular expression: {}", text, why.data());
    }
    pattern.is_compiled_ = true;
    return pattern;
}

Pattern::Pattern(Pattern&& other) noexcept
    : compiled_(other.compiled_), is_compiled_(std::exchange(other.is_compiled_, false)) {}

Pattern::~Pattern() {
    if (is_compiled_) {
        regfree(&compiled_);
    }
}

bool Pattern::is_in(const std::string& text) const {
    return regexec(&compiled_, text.c_str(), 0, nullptr, 0) == 0;
}

}  // namespace vigie::agent
