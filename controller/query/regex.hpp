// Regular expressions beside those of matchers, as Go has them: templates search and replace with them.
#pragma once
#include <memory>
#include <string>

#include "shared/core/error.hpp"

namespace re2 {
class RE2;
}

namespace vigie::controller::query {

class Regex {
  public:
    // malformed: not RE2's syntax; too_large: it compiles to too much.
    static Result<Regex> make(std::string_view pattern);
    Regex(Regex&&) noexcept;
    Regex& operator=(Regex&&) noexcept;
    ~Regex();

    bool is_found_in(std::string_view text) const;
    // Each match replaced; $1 and ${name} in the replacement stand for groups, $$ for a dollar. too_large: more than
    // bytes_max.
    Result<std::string> replace_all(std::string_view text, std::string_view replacement, size_t bytes_max) const;

  private:
    explicit Regex(std::unique_ptr<re2::RE2> regex);
    std::unique_ptr<re2::RE2> regex_;
};

}  // namespace vigie::controller::query
