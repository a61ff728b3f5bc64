// Label matchers over RE2, whose matching time is linear in the text whatever the expression.
#include "controller/query/matcher.hpp"

#include <re2/re2.h>

namespace vigie::controller::query {
namespace {

// Enough for an alternation of thousands of host names; a{1000}{1000} and its kind end here.
constexpr int64_t regex_memory_bytes_max = 1 << 20;

re2::RE2::Options regex_options() {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(regex_memory_bytes_max);
    return options;
}

}  // namespace

Matcher::Matcher(std::string label, Kind kind, std::string value)
    : label_(std::move(label)), kind_(kind), value_(std::move(value)) {}
Matcher::Matcher(Matcher&&) noexcept = default;
Matcher& Matcher::operator=(Matcher&&) noexcept = default;
Matcher::~Matcher() = default;

Result<Matcher> Matcher::make(std::string label, Kind kind, std::string value) {
    Matcher matcher(std::move(label), kind, std::move(value));
    if (kind == Kind::regex || kind == Kind::not_regex) {
        matcher.regex_ = std::make_unique<re2::RE2>(matcher.value_, regex_options());
        if (!matcher.regex_->ok()) {
            const auto is_large = matcher.regex_->error_code() == re2::RE2::ErrorPatternTooLarge;
            return fail(is_large ? ErrorCode::too_large : ErrorCode::malformed, "regular expression of label '{}': {}",
                        matcher.label_, matcher.regex_->error());
        }
    }
    return matcher;
}

bool Matcher::is_match(std::string_view text) const {
    switch (kind_) {
        case Kind::equal:
            return text == value_;
        case Kind::not_equal:
            return text != value_;
        case Kind::regex:
            return re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *regex_);
        case Kind::not_regex:
            return !re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *regex_);
    }
    return false;
}

bool Matcher::is_match(const Labels& labels) const {
    const auto found = labels.find(label_);
    return is_match(found == labels.end() ? std::string_view() : std::string_view(found->second));
}

}  // namespace vigie::controller::query
