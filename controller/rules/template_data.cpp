#include "controller/rules/template_data.hpp"

#include <algorithm>
#include <array>

namespace vigie::controller::rules::templates {
namespace {

using Pair = std::pair<std::string, std::string>;

// By name, alertname before all others, as Alertmanager sorts them.
std::vector<Pair> sorted_pairs(const query::Labels& labels) {
    std::vector<Pair> pairs(labels.begin(), labels.end());
    std::stable_partition(pairs.begin(), pairs.end(), [](const Pair& one) { return one.first == "alertname"; });
    return pairs;
}

Value pair_list(const query::Labels& labels, Arena& arena) {
    List list;
    for (auto& [name, value] : sorted_pairs(labels)) {
        list.items.emplace_back(
            arena.keep(Fields{{{"Name", Value(std::move(name))}, {"Value", Value(std::move(value))}}}));
    }
    return arena.keep(std::move(list));
}

Value texts_of(const query::Labels& labels, bool is_names, Arena& arena) {
    List list;
    for (auto& [name, value] : sorted_pairs(labels)) {
        list.items.emplace_back(std::move(is_names ? name : value));
    }
    return arena.keep(std::move(list));
}

const Value* member_of(const Value& value, std::string_view name) {
    const auto* fields = std::get_if<FieldsOf>(&value);
    if (fields == nullptr) {
        return nullptr;
    }
    const auto found = (*fields)->all.find(name);
    return found == (*fields)->all.end() ? nullptr : &found->second;
}

Result<Value> field_of_list(const List& list, const std::string& field, Arena& arena) {
    List kept;
    for (const auto& item : list.items) {
        if (field == "Firing" || field == "Resolved") {
            const auto* status = member_of(item, "Status");
            if (status != nullptr && printed(*status) == (field == "Firing" ? "firing" : "resolved")) {
                kept.items.push_back(item);
            }
        } else if (field == "Names" || field == "Values") {
            if (const auto* member = member_of(item, field == "Names" ? "Name" : "Value")) {
                kept.items.push_back(*member);
            }
        } else {
            return fail(ErrorCode::not_found, "a list has no field '.{}'", field);
        }
    }
    return Value(arena.keep(std::move(kept)));
}

constexpr std::array<std::string_view, 12> months{"January",   "February", "March",    "April",
                                                  "May",       "June",     "July",     "August",
                                                  "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 7> weekdays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};

struct Moment {
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, millisecond = 0, weekday = 0;
};

Moment moment_of(WallTime time) {
    const auto text = to_rfc3339(time);  // 2015-01-01T00:00:00.000Z
    const auto number = [&text](size_t at, size_t count) {
        int value = 0;
        for (const char c : text.substr(at, count)) {
            value = value * 10 + (c - '0');
        }
        return value;
    };
    Moment moment{number(0, 4),  number(5, 2),  number(8, 2),  number(11, 2),
                  number(14, 2), number(17, 2), number(20, 3), 0};
    const auto days = std::chrono::floor<std::chrono::days>(time.time_since_epoch()).count();
    moment.weekday = static_cast<int>(((days + 4) % 7 + 7) % 7);  // 1970-01-01 was a Thursday
    return moment;
}

// The elements of Go's layouts (https://pkg.go.dev/time#pkg-constants); longer ones before those that begin them.
constexpr std::array<std::string_view, 24> layout_elements{
    "January", "Jan", "Monday", "Mon", "MST", "2006", "Z07:00", "-07:00", "-0700", ".000", "01", "02",
    "03",      "04",  "05",     "06",  "15",  "PM",   "pm",     "_2",     "1",     "2",    "3",  "4"};

std::string element_text(std::string_view element, const Moment& at) {
    const auto month = months.at(static_cast<size_t>(std::clamp(at.month, 1, 12) - 1));
    const auto weekday = weekdays.at(static_cast<size_t>(at.weekday));
    const auto hour12 = at.hour % 12 == 0 ? 12 : at.hour % 12;
    const auto two = [](int value) { return fmt::format("{:02}", value); };
    switch (std::find(layout_elements.begin(), layout_elements.end(), element) - layout_elements.begin()) {
        case 0:
            return std::string(month);
        case 1:
            return std::string(month.substr(0, 3));
        case 2:
            return std::string(weekday);
        case 3:
            return std::string(weekday.substr(0, 3));
        case 4:
            return "UTC";
        case 5:
            return fmt::format("{:04}", at.year);
        case 6:
            return "Z";
        case 7:
            return "+00:00";
        case 8:
            return "+0000";
        case 9:
            return fmt::format(".{:03}", at.millisecond);
        case 10:
            return two(at.month);
        case 11:
            return two(at.day);
        case 12:
            return two(hour12);
        case 13:
            return two(at.minute);
        case 14:
            return two(at.second);
        case 15:
            return two(at.year % 100);
        case 16:
            return two(at.hour);
        case 17:
            return at.hour < 12 ? "AM" : "PM";
        case 18:
            return at.hour < 12 ? "am" : "pm";
        case 19:
            return fmt::format("{:>2}", at.day);
        case 20:
            return fmt::format("{}", at.month);
        case 21:
            return fmt::format("{}", at.day);
        case 22:
            return fmt::format("{}", hour12);
        default:
            return fmt::format("{}", at.minute);
    }
}

std::string formatted(WallTime time, std::string_view layout) {
    const auto moment = moment_of(time);
    std::string out;
    while (!layout.empty()) {
        const auto* found = std::find_if(layout_elements.begin(), layout_elements.end(),
                                         [layout](std::string_view element) { return layout.starts_with(element); });
        if (found == layout_elements.end()) {
            out += layout.front();
            layout.remove_prefix(1);
        } else {
            out += element_text(*found, moment);
            layout.remove_prefix(found->size());
        }
    }
    return out;
}

}  // namespace

Result<Value> field_of_data(const Value& value, const std::string& field, Arena& arena) {
    if (const auto* labels = std::get_if<LabelsOf>(&value)) {
        if (field == "SortedPairs") {
            return pair_list(**labels, arena);
        }
        if (field == "Names" || field == "Values") {
            return texts_of(**labels, field == "Names", arena);
        }
        const auto found = (*labels)->find(field);
        return Value(found == (*labels)->end() ? std::string() : found->second);
    }
    if (const auto* list = std::get_if<ListOf>(&value)) {
        return field_of_list(**list, field, arena);
    }
    if (std::holds_alternative<FieldsOf>(value)) {
        const auto* member = member_of(value, field);
        return member != nullptr ? Result<Value>(*member)
                                 : fail(ErrorCode::not_found, "there is no field '.{}'", field);
    }
    if (const auto* time = std::get_if<WallTime>(&value); time != nullptr && (field == "Unix" || field == "UTC")) {
        return field == "UTC" ? Value(*time) : Value(std::chrono::floor<seconds>(time->time_since_epoch()).count());
    }
    return fail(ErrorCode::malformed, "{} has no field '.{}'", type_of(value), field);
}

Result<Value> call_method(const Value& value, std::string_view method, const Value& argument, Arena& arena) {
    const auto* labels = std::get_if<LabelsOf>(&value);
    const auto* names = std::get_if<ListOf>(&argument);
    if (method == "Remove" && labels != nullptr && names != nullptr) {
        auto kept = **labels;
        for (const auto& name : (*names)->items) {
            kept.erase(printed(name));
        }
        return Value(arena.keep(std::move(kept)));
    }
    const auto* time = std::get_if<WallTime>(&value);
    const auto* layout = std::get_if<std::string>(&argument);
    if (method == "Format" && time != nullptr && layout != nullptr) {
        return Value(formatted(*time, *layout));
    }
    return fail(ErrorCode::malformed, "{} has no method '{}' for a {}", type_of(value), method, type_of(argument));
}

}  // namespace vigie::controller::rules::templates
