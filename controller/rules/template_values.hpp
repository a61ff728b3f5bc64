// What templates reckon with.
#pragma once
#include <deque>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "controller/query/labels.hpp"
#include "shared/core/error.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller::rules::templates {

struct Nothing {};
// The whole input: .Labels, .Value and so on.
struct Input {};
// A label set; outlives the expansion.
using LabelsOf = const query::Labels*;
// A struct of Go and a list; they outlive the expansion.
struct Fields;
struct List;
using FieldsOf = const Fields*;
using ListOf = const List*;
// Text that is not escaped where a text would be (safeHtml).
struct Markup {
    std::string text;
};
using Value =
    std::variant<Nothing, bool, int64_t, double, std::string, LabelsOf, Input, FieldsOf, ListOf, WallTime, Markup>;

struct Fields {
    std::map<std::string, Value, std::less<>> all{};
};
struct List {
    std::vector<Value> items{};
};

// What comes into being while a template is filled in; values point into it.
struct Arena {
    std::deque<List> lists{};
    std::deque<Fields> fields{};
    std::deque<query::Labels> labels{};
    size_t items = 0;  // in all of them
    ListOf keep(List list) {
        items += list.items.size() + 1;
        return &lists.emplace_back(std::move(list));
    }
    FieldsOf keep(Fields one) {
        items += one.all.size() + 1;
        return &fields.emplace_back(std::move(one));
    }
    LabelsOf keep(query::Labels some) {
        items += some.size() + 1;
        return &labels.emplace_back(std::move(some));
    }
};

// As Go prints a time in UTC.
std::string go_time(WallTime time);
// As {{ }} prints it.
std::string printed(const Value& value);
// As {{ if }} takes it: not false, 0, "" or an empty map.
bool is_true(const Value& value);
// Go's name of its type, for errors.
std::string_view type_of(const Value& value);

}  // namespace vigie::controller::rules::templates
