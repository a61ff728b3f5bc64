// One pass; at each word the forms are tried in turn.
#include "agent/errors/scrub.hpp"

#include <algorithm>
#include <array>

#include "agent/errors/line_scan.hpp"
#include "agent/errors/text_limits.hpp"

namespace vigie::agent::errors {
namespace {

constexpr size_t name_bytes_max = 64;       // of what stands before a secret
constexpr size_t cut_word_bytes_max = 512;  // tokens are shorter
constexpr size_t card_digits_min = 13;
constexpr size_t card_digits_max = 19;

constexpr std::array<std::string_view, 22> secret_names{
    "password",   "passwd",      "passphrase",     "passcode",      "pwd",       "secret",
    "token",      "apikey",      "api_key",        "api-key",       "accesskey", "access_key",
    "privatekey", "private_key", "credential",     "authorization", "cookie",    "session_id",
    "sessionid",  "signature",   "x-amz-security", "client_key"};

struct Prefix {
    std::string_view text;
    size_t length_min;  // of the whole word
};
// As their makers document them, for secret scanners.
constexpr std::array prefixes{
    Prefix{"AKIA", 20},     Prefix{"ASIA", 20},     Prefix{"ghp_", 36},  Prefix{"gho_", 36},
    Prefix{"ghu_", 36},     Prefix{"ghs_", 36},     Prefix{"ghr_", 36},  Prefix{"github_pat_", 40},
    Prefix{"glpat-", 20},   Prefix{"xoxb-", 20},    Prefix{"xoxp-", 20}, Prefix{"xoxa-", 20},
    Prefix{"sk_live_", 20}, Prefix{"rk_live_", 20}, Prefix{"AIza", 35},  Prefix{"eyJ", 40},
};

bool is_word(char c) {
    const char small = lower(c);
    return is_digit(c) || (small >= 'a' && small <= 'z') || c == '_' || c == '-';
}

bool is_in(char c, std::string_view set) {
    return set.find(c) != std::string_view::npos;
}

bool contains_word(std::string_view text, std::string_view small) {
    return std::search(text.begin(), text.end(), small.begin(), small.end(),
                       [](char a, char b) { return lower(a) == b; }) != text.end();
}

bool names_secret(std::string_view name) {
    return name.size() <= name_bytes_max &&
           std::any_of(secret_names.begin(), secret_names.end(),
                       [&](std::string_view each) { return contains_word(name, each); });
}

// Luhn's formula, ISO/IEC 7812-1 annex B: every second digit from the right counts double, its digits added.
bool has_check_digit(std::string_view digits) {
    int sum = 0;
    bool is_doubled = false;
    for (auto at = digits.rbegin(); at != digits.rend(); ++at, is_doubled = !is_doubled) {
        const int value = (*at - '0') * (is_doubled ? 2 : 1);
        sum += value > 9 ? value - 9 : value;
    }
    return sum % 10 == 0;
}

class Scrubber {
  public:
    explicit Scrubber(std::string_view text) : text_(text) { out_.reserve(text.size()); }

    std::string run() {
        while (at_ < text_.size()) {
            const bool is_begin = at_ == 0 || !is_word(text_[at_ - 1]);
            if (text_[at_] == ':' && take_userinfo()) {
                continue;
            }
            if (is_begin && (take_pem() || take_card() || take_prefixed() || take_scheme() || take_named())) {
                continue;
            }
            out_ += text_[at_++];
        }
        return std::move(out_);
    }

  private:
    std::string_view rest() const { return text_.substr(at_); }
    char char_at(size_t at) const { return at < text_.size() ? text_[at] : '\0'; }
    size_t word_end(size_t from) const {
        while (from < text_.size() && is_word(text_[from])) {
            ++from;
        }
        return from;
    }
    // Copies up to `from`, and leaves out what stands between there and `to`.
    bool cut(size_t from, size_t to) {
        out_ += text_.substr(at_, from - at_);
        out_ += scrubbed_mark;
        at_ = to;
        return true;
    }

    // "://user:password@": up to the last @ before the path.
    bool take_userinfo() {
        if (!rest().starts_with("://")) {
            return false;
        }
        const auto from = at_ + 3;
        const auto end = std::min(text_.find_first_of("/?# \t\r\n\"'<>", from), text_.size());
        const auto host = text_.substr(from, end - from).rfind('@');
        return host != std::string_view::npos && cut(from, from + host);
    }

    bool take_pem() {
        constexpr std::string_view begin = "-----BEGIN ";
        constexpr std::string_view end = "-----END ";
        if (!rest().starts_with(begin)) {
            return false;
        }
        const auto title = text_.find("-----", at_ + begin.size());
        if (title == std::string_view::npos ||
            text_.substr(at_, title - at_).find("PRIVATE KEY") == std::string_view::npos) {
            return false;
        }
        const auto last = text_.find(end, title);
        return cut(title + 5, last == std::string_view::npos ? text_.size() : last);
    }

    // Groups of digits with one blank or hyphen between. Cards' numbers begin with 2 to 6; the milliseconds since 1970,
    // which have thirteen digits too, with 1.
    bool take_card() {
        if (char_at(at_) < '2' || char_at(at_) > '6') {
            return false;
        }
        std::array<char, card_digits_max> digits{};
        size_t count = 0;
        auto at = at_;
        for (; is_digit(char_at(at)); ++at) {
            if (count == card_digits_max) {
                return false;
            }
            digits.at(count++) = text_[at];
            if (is_in(char_at(at + 1), " -") && is_digit(char_at(at + 2))) {
                ++at;
            }
        }
        if (count < card_digits_min || is_word(char_at(at)) || !has_check_digit({digits.data(), count})) {
            return false;
        }
        return cut(at_, at);
    }

    bool take_prefixed() {
        for (const auto& each : prefixes) {
            if (rest().starts_with(each.text)) {
                auto end = word_end(at_);
                while (each.text == "eyJ" && char_at(end) == '.') {  // three parts with dots
                    end = word_end(end + 1);
                }
                return end - at_ >= each.length_min && cut(at_, end);
            }
        }
        return false;
    }

    // "Bearer abc", "Basic abc=": RFC 7235's schemes where no name stands before them.
    bool take_scheme() {
        const auto end = word_end(at_);
        const auto word = text_.substr(at_, end - at_);
        if (!is_same_word(word, "bearer") && !is_same_word(word, "basic")) {
            return false;
        }
        const auto from = end + 1;
        const auto to = std::min(text_.find_first_of(" \t\r\n\"',;", std::min(from, text_.size())), text_.size());
        // "Basic usage": a word of letters is rarely a secret below this length.
        return char_at(end) == ' ' && to >= from + 12 && cut(from, to);
    }

    bool take_named() {
        const auto end = word_end(at_);
        if (end == at_ || !names_secret(text_.substr(at_, end - at_))) {
            return false;
        }
        auto from = end;
        while (is_in(char_at(from), "\\\"']") && from < text_.size()) {
            ++from;
        }
        const auto blanks = skip_blanks(from);
        const bool is_option = text_.substr(at_).starts_with("--") && char_at(end) == ' ';
        if (char_at(blanks) == '=' || char_at(blanks) == ':') {
            from = blanks + (char_at(blanks + 1) == '>' || char_at(blanks + 1) == '=' ? 2 : 1);
        } else if (text_.substr(end).starts_with("%3D") || text_.substr(end).starts_with("%3d")) {
            from = end + 3;
        } else if (!is_option) {
            return copy_to(end);
        }
        return take_value(skip_blanks(from), text_.substr(at_, end - at_));
    }

    bool copy_to(size_t end) {
        out_ += text_.substr(at_, end - at_);
        at_ = end;
        return true;
    }

    size_t skip_blanks(size_t from) const {
        while (char_at(from) == ' ' || char_at(from) == '\t') {
            ++from;
        }
        return from;
    }

    // The value begins at `from`, perhaps with a quote, and that perhaps with a backslash, as in JSON inside of JSON.
    bool take_value(size_t from, std::string_view name) {
        if (text_.substr(std::min(from, text_.size())).starts_with(scrubbed_mark)) {
            return copy_to(from + scrubbed_mark.size());  // by somebody before us
        }
        const bool is_escaped = char_at(from) == '\\' && is_in(char_at(from + 1), "\"'");
        from += is_escaped ? 1 : 0;
        const char quote = char_at(from);
        if (from < text_.size() && (quote == '"' || quote == '\'')) {
            return take_quoted(from + 1, quote, is_escaped);
        }
        // A header's value has blanks in it.
        const bool is_header = contains_word(name, "authorization") || contains_word(name, "cookie");
        const auto* const ends = is_header ? "\r\n\"'" : " \t\r\n\"',;&)]}<>";
        const auto to = std::min(text_.find_first_of(ends, std::min(from, text_.size())), text_.size());
        return to > from ? cut(from, to) : copy_to(std::min(from, text_.size()));
    }

    bool take_quoted(size_t from, char quote, bool is_escaped) {
        auto to = from;
        while (to < text_.size() && text_[to] != quote) {
            if (text_[to] == '\\') {
                if (is_escaped && char_at(to + 1) == quote) {
                    break;
                }
                ++to;
            }
            ++to;
        }
        to = std::min(to, text_.size());
        return to > from ? cut(from, to) : copy_to(from);
    }

    std::string_view text_;
    size_t at_ = 0;
    std::string out_;
};

// A text that was cut may end in the middle of a token that is not known for one any more: its last word goes too.
std::string_view without_cut_word(std::string_view text, size_t bytes_max) {
    constexpr size_t utf8_bytes_max = 4;
    if (text.size() + utf8_bytes_max <= bytes_max) {
        return text;
    }
    const auto blank = text.find_last_of(" \t\n,;&");
    return blank == std::string_view::npos || text.size() - blank > cut_word_bytes_max ? text
                                                                                       : text.substr(0, blank + 1);
}

void scrub_text(std::string& text, size_t bytes_max) {
    text = cut_to(scrub(without_cut_word(text, bytes_max)), bytes_max);
}

}  // namespace

std::string scrub(std::string_view text) {
    return Scrubber(text).run();
}

void scrub_record(LogRecord& record) {
    scrub_text(record.message, message_bytes_max);
    scrub_text(record.stack, stack_bytes_max);
    scrub_text(record.request.url, url_bytes_max);
    scrub_text(record.logger, field_bytes_max);
    scrub_text(record.exception, field_bytes_max);
}

}  // namespace vigie::agent::errors
