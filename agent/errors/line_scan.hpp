// A line read from its front, part by part. What is not there is not taken, so that several forms can be tried in turn.
#pragma once
#include <string_view>

namespace vigie::agent::errors {

inline bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
inline char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
// `known` in small letters.
bool is_same_word(std::string_view word, std::string_view known);

class LineScan {
  public:
    explicit LineScan(std::string_view text) : rest_(text) {}

    bool take(char expected);
    bool take(std::string_view expected);
    // Between count_min and count_max digits, none behind them.
    bool take_digits(size_t count_min, size_t count_max);
    bool take_letters(size_t count);
    void skip_blanks();
    // Up to the next blank or the end, and the blanks behind it.
    std::string_view word();
    // True when `end` comes: `into` is what stands before it, and both are taken.
    bool take_until(std::string_view end, std::string_view& into);

    // 2026-11-28T00:40:50.123+01:00: also with a blank for the T, a comma for the dot, without fraction or zone, and
    // with slashes as nginx has it.
    bool take_date_time();
    // 00:40:50 and a fraction behind it.
    bool take_time();

    std::string_view rest() const { return rest_; }
    bool is_done() const { return rest_.empty(); }

  private:
    void skip_fraction();
    void skip_zone();
    std::string_view rest_;
};

}  // namespace vigie::agent::errors
