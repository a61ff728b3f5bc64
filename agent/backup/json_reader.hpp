// Reads JSON front to back without building a document: an index or a tree may hold a million entries. Errors are
// sticky: after the first one every call gives an empty value and every loop ends; ask error() at the end.
//
//     JsonReader reader(text);
//     reader.enter_object();
//     while (const auto key = reader.next_key()) { if (*key == "id") id = reader.string(); else reader.skip(); }
//     VIGIE_CHECK(reader.finish("index 12ab"));
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shared/core/error.hpp"

namespace vigie::agent::backup {

class JsonReader {
  public:
    explicit JsonReader(std::string_view text) : text_(text) {}

    // Of null where an object or array is expected, they read an empty one, as Go does.
    void enter_object();
    std::optional<std::string> next_key();
    void enter_array();
    bool next_element();

    std::string string();        // null gives ""
    uint64_t unsigned_number();  // null gives 0
    bool boolean();
    void skip();  // any value

    // True and consumed when the next value is null.
    bool take_null();
    void reject(std::string_view why);  // for a value that reads well but means nothing
    bool is_good() const { return error_.empty(); }
    // Fails unless all went well and nothing but blanks is left. `what` names the text in the error.
    Result<void> finish(std::string_view what);

  private:
    char peek();
    bool take(char expected);
    bool take_word(std::string_view word);
    void append_escape(std::string& out);
    uint32_t hex4();
    void begin(char bracket);
    bool next_item(char bracket);

    // Foreign input may nest as it likes; what we skip nests a few levels at most.
    static constexpr int depth_max = 32;
    std::string_view text_;
    size_t at_ = 0;
    int depth_ = 0;
    bool is_after_value_ = false;
    bool is_null_container_ = false;
    std::string error_;
};

}  // namespace vigie::agent::backup
