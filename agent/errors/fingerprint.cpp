// A word at a time.
#include "agent/errors/fingerprint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "agent/errors/fnv_hash.hpp"
#include "agent/errors/line_scan.hpp"
#include "agent/errors/scrub.hpp"

namespace vigie::agent::errors {
namespace {

// Letters alone this long are no word of a language but an id in base 64.
constexpr size_t letters_max = 40;
// Behind a number, none of hex digits alone.
constexpr std::array<std::string_view, 14> units{"s",  "ms", "us", "ns", "min", "h",   "x",
                                                 "kB", "KB", "MB", "GB", "KiB", "MiB", "GiB"};

bool is_hex(char c) {
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f');
}

bool is_letter(char c) {
    return lower(c) >= 'a' && lower(c) <= 'z';
}

// Bytes above 127 are of words too, in whatever language.
bool is_word(char c) {
    return is_digit(c) || is_letter(c) || c == '_' || (static_cast<unsigned char>(c) & 0x80) != 0;
}

class PatternWriter {
  public:
    explicit PatternWriter(std::string_view text) : text_(text) {}

    std::string write() {
        while (at_ < text_.size()) {
            step();
        }
        return std::move(out_);
    }

  private:
    char char_at(size_t at) const { return at < text_.size() ? text_[at] : '\0'; }
    bool is_behind_word() const { return at_ > 0 && is_word(text_[at_ - 1]); }

    void step() {
        const char c = text_[at_];
        if (c == ' ' || c == '\t' || c == '\n') {
            at_ = std::min(text_.find_first_not_of(" \t\n", at_), text_.size());
            out_ += ' ';
        } else if (c == '/' && !is_behind_word() && (is_letter(char_at(at_ + 1)) || is_digit(char_at(at_ + 1)))) {
            skip_to(" \t\n\"'`,;:()[]{}<>|=", "<path>");
        } else if (is_word(c)) {
            take_word();
        } else if (!take_scrubbed() && !take_quoted(c)) {
            out_ += c;
            ++at_;
        }
    }

    // What was cut out was a number, of a card perhaps, or might have been one.
    bool take_scrubbed() {
        if (!text_.substr(at_).starts_with(scrubbed_mark)) {
            return false;
        }
        at_ += scrubbed_mark.size();
        out_ += "<n>";
        return true;
    }

    // 'x', "x", `x'. An apostrophe inside of a word, as in don't, opens nothing; one that nothing closes neither.
    bool take_quoted(char quote) {
        const bool is_quote = quote == '"' || quote == '\'' || quote == '`';
        if (!is_quote || is_behind_word() || unclosed_.find(quote) != std::string::npos) {
            return false;
        }
        auto end = at_ + 1;
        while (end < text_.size() && (text_[end] != quote || is_word(char_at(end + 1)))) {
            end += text_[end] == '\\' ? 2 : 1;
        }
        if (end >= text_.size()) {
            unclosed_ += quote;  // else each of many would be looked for to the end
            return false;
        }
        at_ = end + 1;
        out_ += "<s>";
        return true;
    }

    void skip_to(std::string_view ends, std::string_view mark) {
        at_ = std::min(text_.find_first_of(ends, at_), text_.size());
        out_ += mark;
    }

    void take_word() {
        auto end = at_;
        while (end < text_.size() && is_word(text_[end])) {
            ++end;
        }
        if (text_.substr(end).starts_with("://")) {
            at_ = end;
            return skip_to(" \t\n\"'`()[]{}<>|", "<url>");
        }
        if (take_uuid()) {
            return;
        }
        const auto word = text_.substr(at_, end - at_);
        at_ = end;
        out_ += mark_of(word);
        skip_rest_of_number(word);
    }

    // RFC 9562: 8-4-4-4-12 hex digits.
    bool take_uuid() {
        constexpr std::string_view form = "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh";
        const auto candidate = text_.substr(at_, form.size());
        const bool is_uuid = candidate.size() == form.size() && !is_word(char_at(at_ + form.size())) &&
                             std::equal(form.begin(), form.end(), candidate.begin(),
                                        [](char wanted, char c) { return wanted == 'h' ? is_hex(c) : c == '-'; });
        if (is_uuid) {
            at_ += form.size();
            out_ += "<id>";
        }
        return is_uuid;
    }

    static std::string mark_of(std::string_view word) {
        const auto digits = static_cast<size_t>(std::count_if(word.begin(), word.end(), is_digit));
        if (digits == 0) {
            return std::string(word.size() > letters_max ? "<id>" : word);
        }
        if (digits == word.size()) {
            return "<n>";
        }
        const auto letters = word.find_first_of("0123456789");
        const bool is_ended_by_number = letters + digits == word.size();
        // user1234 keeps its letters, but deadbeef12 is hex.
        if (is_ended_by_number && !(word.size() >= 8 && std::all_of(word.begin(), word.end(), is_hex))) {
            return std::string(word.substr(0, letters)) + "<n>";
        }
        const auto unit = word.substr(std::min(word.find_first_not_of("0123456789"), word.size()));
        return std::find(units.begin(), units.end(), unit) == units.end() ? "<id>" : "<n>" + std::string(unit);
    }

    // 1.5, 192.0.2.1, 1,000, 00:40:50: one number. The addresses of IPv6 end as several marks, always the same.
    void skip_rest_of_number(std::string_view word) {
        if (!std::all_of(word.begin(), word.end(), is_digit)) {
            return;
        }
        while ((char_at(at_) == '.' || char_at(at_) == ',' || char_at(at_) == ':') && is_digit(char_at(at_ + 1))) {
            ++at_;
            while (is_digit(char_at(at_))) {
                ++at_;
            }
        }
    }

    std::string_view text_;
    size_t at_ = 0;
    std::string out_;
    std::string unclosed_;  // quotes that none closes
};

std::string_view base_name(std::string_view path) {
    const auto slash = path.find_last_of("/\\");
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace

std::string pattern_of(std::string_view message) {
    return PatternWriter(message).write();
}

std::string fingerprint_of(const LogRecord& record) {
    uint64_t hash = fnv_offset;
    const auto add = [&hash](std::string_view part) {
        hash = fnv_hash(std::string_view("\0", 1), fnv_hash(part, hash));  // a NUL between the parts
    };
    add(record.logger);
    add(record.exception);
    add(pattern_of(record.message));
    add(base_name(record.place.file));
    add(record.place.function);
    return fmt::format("{:016x}", hash);
}

}  // namespace vigie::agent::errors
