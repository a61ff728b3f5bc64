#include "controller/query/regex.hpp"

#include "controller/query/replacement.hpp"

namespace vigie::controller::query {
namespace {

// As that of a matcher.
constexpr int64_t regex_memory_bytes_max = 1 << 20;

}  // namespace

Regex::Regex(std::unique_ptr<re2::RE2> regex) : regex_(std::move(regex)) {}
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;

Result<Regex> Regex::make(std::string_view pattern) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(regex_memory_bytes_max);
    auto regex = std::make_unique<re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
    if (!regex->ok()) {
        const auto is_large = regex->error_code() == re2::RE2::ErrorPatternTooLarge;
        return fail(is_large ? ErrorCode::too_large : ErrorCode::malformed, "regular expression: {}", regex->error());
    }
    return Regex(std::move(regex));
}

bool Regex::is_found_in(std::string_view text) const {
    return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *regex_);
}

Result<std::string> Regex::replace_all(std::string_view text, std::string_view replacement, size_t bytes_max) const {
    const Replacement expanded(replacement, *regex_);
    std::vector<re2::StringPiece> groups(static_cast<size_t>(regex_->NumberOfCapturingGroups()) + 1);
    const re2::StringPiece whole(text.data(), text.size());
    std::string out;
    size_t at = 0;
    size_t copied = 0;  // of the text
    while (at <= text.size() && regex_->Match(whole, at, text.size(), re2::RE2::UNANCHORED, groups.data(),
                                              static_cast<int>(groups.size()))) {
        const auto begin = static_cast<size_t>(groups[0].data() - text.data());
        const auto end = begin + groups[0].size();
        if (out.size() + (begin - copied) + expanded.expanded_bytes(groups) > bytes_max) {
            return fail(ErrorCode::too_large, "the text grows beyond {} bytes", bytes_max);
        }
        // An empty match right behind another match does not count, as in Go.
        const bool is_counted = end > begin || begin > copied || copied == 0;
        out += text.substr(copied, begin - copied);
        if (is_counted) {
            out += expanded.expand(groups);
        }
        copied = end;
        at = end > begin ? end : end + 1;
    }
    return out + std::string(text.substr(std::min(copied, text.size())));
}

}  // namespace vigie::controller::query
