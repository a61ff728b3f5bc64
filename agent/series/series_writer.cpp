// Compare, or cut and append.
#include "agent/series/series_writer.hpp"

#include <algorithm>
#include <cstring>

#include "agent/series/text.hpp"

namespace vigie::agent {

void SeriesWriter::begin() {
    values_.clear();
    written_ = 0;
    has_changed_ = false;
}

void SeriesWriter::put(std::string_view bytes) {
    if (bytes.empty()) {
        return;  // its pointer may be null, which memcmp must not be given
    }
    if (!has_changed_) {
        if (schema_.size() - written_ >= bytes.size() &&
            std::memcmp(schema_.data() + written_, bytes.data(), bytes.size()) == 0) {
            written_ += bytes.size();
            return;
        }
        has_changed_ = true;
        schema_.resize(written_);
    }
    schema_ += bytes;
    written_ += bytes.size();
}

void SeriesWriter::put(char c) {
    if (!has_changed_ && written_ < schema_.size() && schema_[written_] == c) {
        ++written_;
    } else {
        put(std::string_view(&c, 1));
    }
}

// Nearly all values stand in the schema as they are.
void SeriesWriter::put_value(std::string_view value) {
    const bool is_plain = std::all_of(value.begin(), value.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x80 && c != '\\' && c != '"' && c != '\n';
    });
    if (is_plain) {
        put(value);
    } else if (is_utf8(value)) {
        put_escaped(value);
    } else {
        put_escaped(to_utf8(value));  // firmware writes what it likes
    }
}

void SeriesWriter::put_escaped(std::string_view value) {
    for (;;) {
        const auto plain = value.find_first_of("\\\"\n");
        put(value.substr(0, plain));
        if (plain == std::string_view::npos) {
            return;
        }
        put(value[plain] == '\n' ? "\\n" : value[plain] == '"' ? "\\\"" : "\\\\");
        value.remove_prefix(plain + 1);
    }
}

void SeriesWriter::add(const SeriesName& name, std::span<const SeriesLabel> labels, double value) {
    put(name.first);
    put(name.second);
    put(name.third);
    char opening = '{';
    for (const auto& label : labels) {
        put(opening);
        put(label.name);
        put('=');
        put('"');
        put_value(label.value);
        put('"');
        opening = ',';
    }
    if (!labels.empty()) {
        put('}');
    }
    put('\n');
    values_.push_back(value);
}

void SeriesWriter::add_key(std::string_view key, double value) {
    put(key);
    put('\n');
    values_.push_back(value);
}

void SeriesWriter::rewind(const Mark& mark) {
    if (has_changed_) {
        schema_.resize(mark.written);
    }
    written_ = mark.written;
    values_.resize(mark.values);
}

bool SeriesWriter::finish() {
    if (written_ != schema_.size()) {
        schema_.resize(written_);
        has_changed_ = true;
    }
    return has_changed_;
}

}  // namespace vigie::agent
