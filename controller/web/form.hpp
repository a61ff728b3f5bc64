// Bytes of requests: the path and query of a target, and forms as browsers and Go's clients encode them
// (https://url.spec.whatwg.org/#application/x-www-form-urlencoded).
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "shared/core/error.hpp"

namespace vigie::controller::web {

// Names with values, each as often as it came.
class Form {
  public:
    struct Field {
        std::string name;
        std::string value;
    };

    void add(std::string name, std::string value) { fields_.push_back({std::move(name), std::move(value)}); }
    // Those of the other behind ours.
    void append(Form other);
    // Of the first field of this name; "" when there is none.
    std::string_view first(std::string_view name) const;
    std::vector<std::string> all(std::string_view name) const;
    size_t size() const { return fields_.size(); }

    // What was wrong with a field that is left out for it; "" when all are there.
    std::string problem{};

  private:
    std::vector<Field> fields_;
};

// Far more than `match[]` of a dashboard; a body of a MiB could hold half a million.
constexpr size_t form_fields_max = 10'000;

// a=1&b=2, with + for blanks and %XX for bytes. As Go's url.ParseQuery: a field with a broken escape or a semicolon is
// left out and the rest is read. too_large: more than form_fields_max.
Result<Form> parse_form(std::string_view text);

struct Target {
    std::string path;        // decoded
    std::string_view query;  // behind the first ?, as it came
};
// malformed: no path that begins with /, or a broken escape in it. The query is a view into the text.
Result<Target> parse_target(std::string_view text);

}  // namespace vigie::controller::web
