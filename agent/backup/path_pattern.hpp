// Patterns for paths, as restic's --exclude and --include have them. A pattern is matched part by part between slashes:
// * is any run of characters, ? one, [a-z] and [^a-z] one of a set, \ takes the next as it is; ** is any number of
// parts. One that begins with a slash is matched from the root, any other wherever it fits. Whatever lies below a path
// that matches does as well.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "shared/core/error.hpp"

namespace vigie::agent::backup {

class PathPattern {
  public:
    // malformed for an empty one, or a set without end.
    static Result<PathPattern> parse(std::string_view text);

    // Paths are absolute and clean, see clean_path().
    bool matches(std::string_view path) const;
    bool matches_entry(std::string_view path) const;    // the entry itself, not for what it lies below
    bool may_match_below(std::string_view path) const;  // whether a folder is worth looking into
    bool is_negated() const { return is_negated_; }     // it began with "!"

  private:
    friend class PathPatterns;  // takes a path apart once for all its patterns
    using Parts = std::vector<std::string_view>;
    bool fits(const Parts& path, size_t from, bool to_end) const;
    bool fits_anywhere(const Parts& path, bool to_end) const;

    std::vector<std::string> parts_;
    bool is_rooted_ = false;
    bool is_negated_ = false;
};

// Several of them, in order: a later one that is negated takes back what an earlier one matched.
class PathPatterns {
  public:
    Result<void> add(std::string_view text);
    // A file's lines: blank ones and those that begin with # are none. `what` names it in errors.
    Result<void> add_lines(std::string_view text, std::string_view what);
    bool is_empty() const { return patterns_.empty(); }
    bool matches(std::string_view path) const;
    bool matches_entry(std::string_view path) const;
    bool may_match_below(std::string_view path) const;

  private:
    std::vector<PathPattern> patterns_;
};

// One part of a path against one part of a pattern, by Go's path.Match; both may hold any bytes, and a character is one
// of UTF-8 where they are that.
bool matches_part(std::string_view pattern, std::string_view name);

}  // namespace vigie::agent::backup
