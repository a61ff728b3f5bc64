// RFC 8259, by hand.
#include "agent/backup/json_reader.hpp"

#include <charconv>

namespace vigie::agent::backup {

void JsonReader::reject(std::string_view why) {
    if (error_.empty()) {
        error_ = fmt::format("{} at byte {}", why, at_);
    }
    at_ = text_.size();
}

char JsonReader::peek() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r')) {
        ++at_;
    }
    return at_ < text_.size() ? text_[at_] : '\0';
}

bool JsonReader::take(char expected) {
    if (peek() != expected || at_ >= text_.size()) {
        return false;
    }
    ++at_;
    return true;
}

bool JsonReader::take_word(std::string_view word) {
    peek();
    if (text_.substr(at_, word.size()) != word) {
        return false;
    }
    at_ += word.size();
    return true;
}

bool JsonReader::take_null() {
    if (!take_word("null")) {
        return false;
    }
    is_after_value_ = true;
    return true;
}

void JsonReader::begin(char bracket) {
    if (take_null()) {
        is_null_container_ = true;
        return;
    }
    if (!take(bracket)) {
        reject(bracket == '{' ? "object expected" : "array expected");
        return;
    }
    if (++depth_ > depth_max) {
        reject("nested too deeply");
    }
    is_after_value_ = false;
}

bool JsonReader::next_item(char bracket) {
    if (!error_.empty()) {
        return false;
    }
    if (is_null_container_) {
        is_null_container_ = false;
        return false;
    }
    if (take(bracket)) {
        --depth_;
        is_after_value_ = true;
        return false;
    }
    if (is_after_value_ && !take(',')) {
        reject("comma expected");
        return false;
    }
    is_after_value_ = false;
    return true;
}

void JsonReader::enter_object() {
    begin('{');
}
void JsonReader::enter_array() {
    begin('[');
}
bool JsonReader::next_element() {
    return next_item(']');
}

std::optional<std::string> JsonReader::next_key() {
    if (!next_item('}')) {
        return std::nullopt;
    }
    if (peek() != '"') {
        reject("key expected");
        return std::nullopt;
    }
    auto key = string();
    if (!take(':')) {
        reject("colon expected");
        return std::nullopt;
    }
    is_after_value_ = false;
    return key;
}

uint32_t JsonReader::hex4() {
    uint32_t code = 0;
    const auto digits = text_.substr(at_, 4);
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
    if (digits.size() != 4 || parsed.ec != std::errc{} || parsed.ptr != digits.data() + 4) {
        reject("four hex digits expected");
        return 0;
    }
    at_ += 4;
    return code;
}

namespace {
void append_code_point(uint32_t code, std::string& out) {
    if (code >= 0xd800 && code < 0xe000) {
        code = 0xfffd;  // half of a pair, as Go reads it
    }
    if (code < 0x80) {
        out += static_cast<char>(code);
        return;
    }
    const int trailing = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    constexpr std::array<uint32_t, 4> lead{0, 0xc0, 0xe0, 0xf0};
    out += static_cast<char>(lead[static_cast<size_t>(trailing)] | code >> (6 * trailing));
    for (int i = trailing - 1; i >= 0; --i) {
        out += static_cast<char>(0x80 | (code >> (6 * i) & 0x3f));
    }
}
}  // namespace

void JsonReader::append_escape(std::string& out) {
    constexpr std::string_view letters = "\"\\/bfnrt";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    const char letter = at_ < text_.size() ? text_[at_++] : '\0';
    if (const auto found = letters.find(letter); letter != '\0' && found != std::string_view::npos) {
        out += meanings[found];
        return;
    }
    if (letter != 'u') {
        reject("bad escape");
        return;
    }
    uint32_t code = hex4();
    if (code >= 0xd800 && code < 0xdc00 && text_.substr(at_, 2) == "\\u") {
        at_ += 2;
        const uint32_t low = hex4();
        code = low >= 0xdc00 && low < 0xe000 ? 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00) : 0xfffd;
    }
    append_code_point(code, out);
}

std::string JsonReader::string() {
    std::string out;
    if (take_null()) {
        return out;
    }
    if (!take('"')) {
        reject("string expected");
        return out;
    }
    for (;;) {
        const auto stop = text_.find_first_of("\"\\", at_);
        if (stop == std::string_view::npos || !error_.empty()) {
            reject("string without end");
            return {};
        }
        out += text_.substr(at_, stop - at_);
        at_ = stop + 1;
        if (text_[stop] == '"') {
            is_after_value_ = true;
            return out;
        }
        append_escape(out);
    }
}

uint64_t JsonReader::unsigned_number() {
    if (take_null()) {
        return 0;
    }
    peek();
    uint64_t value = 0;
    const auto* begin = text_.data() + at_;
    const auto parsed = std::from_chars(begin, text_.data() + text_.size(), value);
    const size_t length = static_cast<size_t>(parsed.ptr - begin);
    const char after = at_ + length < text_.size() ? text_[at_ + length] : '\0';
    if (parsed.ec != std::errc{} || after == '.' || after == 'e' || after == 'E') {
        reject("unsigned number expected");
        return 0;
    }
    at_ += length;
    is_after_value_ = true;
    return value;
}

bool JsonReader::boolean() {
    const bool value = take_word("true");
    if (!value && !take_word("false")) {
        reject("true or false expected");
    }
    is_after_value_ = true;
    return value;
}

void JsonReader::skip() {
    const char first = peek();
    if (first == '"') {
        string();
    } else if (first == '{') {
        enter_object();
        while (next_key()) {
            skip();
        }
    } else if (first == '[') {
        enter_array();
        while (next_element()) {
            skip();
        }
    } else if (take_word("true") || take_word("false") || take_word("null")) {
        is_after_value_ = true;
    } else {
        const auto end = text_.find_first_not_of("+-.0123456789eE", at_);
        if (end == at_ || at_ >= text_.size()) {
            reject("value expected");
            return;
        }
        at_ = end == std::string_view::npos ? text_.size() : end;
        is_after_value_ = true;
    }
}

Result<void> JsonReader::finish(std::string_view what) {
    if (error_.empty() && (peek() != '\0' || at_ < text_.size() || depth_ != 0)) {
        reject("unexpected text");
    }
    if (!error_.empty()) {
        return fail(ErrorCode::malformed, "{}: JSON: {}", what, error_);
    }
    return {};
}

}  // namespace vigie::agent::backup
