// Compare, or cut and append.
#include "agent/series/series_writer.hpp"

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

void SeriesWriter::put_escaped(std::string_view value) {
    if (!is_utf8(value)) {
        return put_escaped(to_utf8(value));  // rare: firmware writes what it likes
    }
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
    const char* opening = "{";
    for (const auto& label : labels) {
        put(opening);
        put(label.name);
        put("=\"");
        put_escaped(label.value);
        put("\"");
        opening = ",";
    }
    put(labels.empty() ? "\n" : "}\n");
    values_.push_back(value);
}

void SeriesWriter::add_key(std::string_view key, double value) {
    put(key);
    put("\n");
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
