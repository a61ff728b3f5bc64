// Every take_ leaves the line as it was when it answers false.
#include "agent/errors/line_scan.hpp"

#include <algorithm>

namespace vigie::agent::errors {

bool is_same_word(std::string_view word, std::string_view known) {
    return word.size() == known.size() &&
           std::equal(word.begin(), word.end(), known.begin(), [](char a, char b) { return lower(a) == b; });
}

bool LineScan::take(char expected) {
    if (rest_.empty() || rest_.front() != expected) {
        return false;
    }
    rest_.remove_prefix(1);
    return true;
}

bool LineScan::take(std::string_view expected) {
    if (!rest_.starts_with(expected)) {
        return false;
    }
    rest_.remove_prefix(expected.size());
    return true;
}

bool LineScan::take_digits(size_t count_min, size_t count_max) {
    size_t count = 0;
    while (count < rest_.size() && is_digit(rest_[count])) {
        ++count;
    }
    if (count < count_min || count > count_max) {
        return false;
    }
    rest_.remove_prefix(count);
    return true;
}

bool LineScan::take_letters(size_t count) {
    const auto is_letter = [](char c) { return lower(c) >= 'a' && lower(c) <= 'z'; };
    if (rest_.size() < count ||
        !std::all_of(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(count), is_letter)) {
        return false;
    }
    rest_.remove_prefix(count);
    return true;
}

void LineScan::skip_blanks() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size()));
}

std::string_view LineScan::word() {
    const auto found = rest_.substr(0, rest_.find_first_of(" \t"));
    rest_.remove_prefix(found.size());
    skip_blanks();
    return found;
}

bool LineScan::take_until(std::string_view end, std::string_view& into) {
    const auto at = rest_.find(end);
    if (at == std::string_view::npos) {
        return false;
    }
    into = rest_.substr(0, at);
    rest_.remove_prefix(at + end.size());
    return true;
}

void LineScan::skip_fraction() {
    if (rest_.size() > 1 && (rest_[0] == '.' || rest_[0] == ',') && is_digit(rest_[1])) {
        rest_.remove_prefix(1);
        rest_.remove_prefix(std::min(rest_.find_first_not_of("0123456789"), rest_.size()));
    }
}

void LineScan::skip_zone() {
    if (take('Z')) {
        return;
    }
    auto ahead = *this;
    const bool has_blank = ahead.take(' ');
    if (!ahead.take('+') && !ahead.take('-')) {
        return;
    }
    // +0100, +01:00, +01. With a blank before it only four digits: "… - 01" is no zone.
    if (ahead.take_digits(4, 4) ||
        (!has_blank && ahead.take_digits(2, 2) && (!ahead.take(':') || ahead.take_digits(2, 2)))) {
        *this = ahead;
    }
}

bool LineScan::take_time() {
    auto ahead = *this;
    if (!ahead.take_digits(2, 2) || !ahead.take(':') || !ahead.take_digits(2, 2) || !ahead.take(':') ||
        !ahead.take_digits(2, 2)) {
        return false;
    }
    ahead.skip_fraction();
    *this = ahead;
    return true;
}

bool LineScan::take_date_time() {
    auto ahead = *this;
    if (!ahead.take_digits(4, 4)) {
        return false;
    }
    const char between = ahead.take('-') ? '-' : ahead.take('/') ? '/' : '\0';
    if (between == '\0' || !ahead.take_digits(2, 2) || !ahead.take(between) || !ahead.take_digits(2, 2) ||
        (!ahead.take('T') && !ahead.take(' ')) || !ahead.take_time()) {
        return false;
    }
    ahead.skip_zone();
    *this = ahead;
    return true;
}

}  // namespace vigie::agent::errors
