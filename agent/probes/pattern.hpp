// A POSIX extended regular expression of a check's settings. Looking for it may take for ever, as those of glibc can;
// the worker's deadline ends that.
#pragma once
#include <regex.h>

#include <string>

#include "shared/core/error.hpp"

namespace vigie::agent {

class Pattern {
  public:
    static Result<Pattern> make(const std::string& text);
    ~Pattern();
    Pattern(Pattern&& other) noexcept;
    Pattern& operator=(Pattern&&) = delete;
    // Anywhere in the text, up to its first NUL.
    bool is_in(const std::string& text) const;

  private:
    Pattern() = default;
    regex_t compiled_{};
    bool is_compiled_ = false;
};

}  // namespace vigie::agent
