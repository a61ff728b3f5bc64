// One label matcher of a selector. A label that a series does not have counts as "".
#pragma once
#include <memory>
#include <string>

#include "controller/query/labels.hpp"
#include "shared/core/error.hpp"

namespace re2 {
class RE2;
}

namespace vigie::controller::query {

class Matcher {
  public:
    enum class Kind { equal, not_equal, regex, not_regex };
    // malformed when a regular expression is not RE2's syntax, too_large when it compiles to too much.
    static Result<Matcher> make(std::string label, Kind kind, std::string value);
    Matcher(Matcher&&) noexcept;
    Matcher& operator=(Matcher&&) noexcept;
    ~Matcher();

    const std::string& label() const { return label_; }
    Kind kind() const { return kind_; }
    const std::string& value() const { return value_; }

    bool is_match(std::string_view text) const;  // of the label's value; regular expressions match the whole of it
    bool is_match(const Labels& labels) const;

  private:
    Matcher(std::string label, Kind kind, std::string value);
    std::string label_;
    Kind kind_;
    std::string value_;
    std::unique_ptr<re2::RE2> regex_;  // of the two regex kinds
};

}  // namespace vigie::controller::query
