// RFC 3339 with nanoseconds, by the proleptic Gregorian calendar.
#include <charconv>

#include "agent/backup/go_text.hpp"

namespace vigie::agent::backup {
namespace {

struct CivilDay {
    int64_t year = 1970;
    unsigned month = 1;
    unsigned day = 1;
};

constexpr int64_t seconds_per_day = 86400;

// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": days are counted in eras of 400 years from March.
constexpr int64_t days_from_civil(CivilDay civil) {
    const int64_t year = civil.year - (civil.month <= 2 ? 1 : 0);
    const int64_t era = (year >= 0 ? year : year - 399) / 400;
    const auto year_of_era = static_cast<unsigned>(year - era * 400);
    const unsigned day_of_year = (153 * (civil.month + (civil.month > 2 ? -3U : 9U)) + 2) / 5 + civil.day - 1;
    const unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + static_cast<int64_t>(day_of_era) - 719468;
}

constexpr CivilDay civil_from_days(int64_t days) {
    days += 719468;
    const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    const auto day_of_era = static_cast<unsigned>(days - era * 146097);
    const unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const unsigned shifted_month = (5 * day_of_year + 2) / 153;
    const unsigned month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    const int64_t year = static_cast<int64_t>(year_of_era) + era * 400 + (month <= 2 ? 1 : 0);
    return {year, month, day_of_year - (153 * shifted_month + 2) / 5 + 1};
}

void append_padded(uint64_t value, int digits, std::string& out) {
    std::array<char, 20> text{};
    for (int i = digits - 1; i >= 0; --i) {
        text[static_cast<size_t>(i)] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
    out.append(text.data(), static_cast<size_t>(digits));
}

// Reads fixed fields from the front of a text.
class FieldReader {
  public:
    explicit FieldReader(std::string_view text) : rest_(text) {}

    int64_t number(size_t digits) {
        int64_t value = 0;
        for (size_t i = 0; i < digits; ++i) {
            if (rest_.empty() || rest_[0] < '0' || rest_[0] > '9') {
                is_good_ = false;
                return 0;
            }
            value = value * 10 + (rest_[0] - '0');
            rest_.remove_prefix(1);
        }
        return value;
    }
    bool take(char expected) {
        if (rest_.empty() || rest_[0] != expected) {
            return false;
        }
        rest_.remove_prefix(1);
        return true;
    }
    void expect(char expected) { is_good_ = take(expected) && is_good_; }

    uint32_t fraction() {
        uint32_t value = 0;
        int digits = 0;
        while (!rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9' && digits < 9) {
            value = value * 10 + static_cast<uint32_t>(number(1));
            ++digits;
        }
        is_good_ = is_good_ && digits > 0;
        for (; digits < 9; ++digits) {
            value *= 10;
        }
        return value;
    }
    bool is_good() const { return is_good_; }
    bool is_at_end() const { return rest_.empty(); }

  private:
    std::string_view rest_;
    bool is_good_ = true;
};

}  // namespace

void append_moment(Moment moment, std::string& out) {
    int64_t days = moment.seconds / seconds_per_day;
    int64_t second_of_day = moment.seconds % seconds_per_day;
    if (second_of_day < 0) {
        second_of_day += seconds_per_day;
        --days;
    }
    // 64-bit seconds reach 292 thousand million years; the calendar above is exact for all of them.
    auto civil = civil_from_days(days);
    if (civil.year > 9999 && civil.month == 2 && civil.day == 29) {
        civil.month = 3;  // 9999 has no 29 February
        civil.day = 1;
    }
    civil.year = std::clamp<int64_t>(civil.year, 0, 9999);
    append_padded(static_cast<uint64_t>(civil.year), 4, out);
    out += '-';
    append_padded(civil.month, 2, out);
    out += '-';
    append_padded(civil.day, 2, out);
    out += 'T';
    append_padded(static_cast<uint64_t>(second_of_day / 3600), 2, out);
    out += ':';
    append_padded(static_cast<uint64_t>(second_of_day / 60 % 60), 2, out);
    out += ':';
    append_padded(static_cast<uint64_t>(second_of_day % 60), 2, out);
    if (moment.nanoseconds != 0) {
        out += '.';
        append_padded(moment.nanoseconds, 9, out);
        while (out.back() == '0') {
            out.pop_back();
        }
    }
    out += 'Z';
}

std::string format_moment(Moment moment) {
    std::string out;
    append_moment(moment, out);
    return out;
}

Result<Moment> parse_moment(std::string_view text) {
    FieldReader fields(text);
    CivilDay civil;
    civil.year = fields.number(4);
    fields.expect('-');
    civil.month = static_cast<unsigned>(fields.number(2));
    fields.expect('-');
    civil.day = static_cast<unsigned>(fields.number(2));
    fields.expect('T');
    const auto hour = fields.number(2);
    fields.expect(':');
    const auto minute = fields.number(2);
    fields.expect(':');
    const auto second = fields.number(2);
    const uint32_t nanoseconds_part = fields.take('.') ? fields.fraction() : 0;
    int64_t zone = 0;
    if (!fields.take('Z')) {
        const int sign = fields.take('-') ? -1 : 1;
        if (sign > 0) {
            fields.expect('+');
        }
        zone = sign * fields.number(2) * 3600;
        fields.expect(':');
        zone += sign * fields.number(2) * 60;
    }
    if (!fields.is_good() || !fields.is_at_end() || civil.month < 1 || civil.month > 12 || civil.day < 1 ||
        civil.day > 31 || hour > 23 || minute > 59 || second > 60) {
        return fail(ErrorCode::malformed, "time '{}' is not RFC 3339", text.substr(0, 64));
    }
    const int64_t day_seconds = hour * 3600 + minute * 60 + second;
    return Moment{days_from_civil(civil) * seconds_per_day + day_seconds - zone, nanoseconds_part};
}

int32_t utc_offset_of_moment(std::string_view text) {
    constexpr size_t offset_bytes = 6;  // "+02:00"
    if (text.ends_with('Z') || !parse_moment(text)) {
        return 0;
    }
    FieldReader fields(text.substr(text.size() - offset_bytes));
    const int sign = fields.take('-') ? -1 : 1;
    fields.take('+');
    const auto hours = fields.number(2);
    fields.expect(':');
    return static_cast<int32_t>(sign * (hours * 3600 + fields.number(2) * 60));
}

}  // namespace vigie::agent::backup
