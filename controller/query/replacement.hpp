// A replacement as Go's regexp expands it: $name and ${name}, the name as long as it goes, $$ for a dollar.
#pragma once
#include <re2/re2.h>

#include <string>
#include <vector>

namespace vigie::controller::query {

class Replacement {
  public:
    // The regular expression is only asked for the numbers of its groups.
    Replacement(std::string_view text, const re2::RE2& regex);

    // Bytes that expand() will make: they are paid for before.
    size_t expanded_bytes(const std::vector<re2::StringPiece>& groups) const;
    std::string expand(const std::vector<re2::StringPiece>& groups) const;

  private:
    // A text, or a group by number (-1: there is no such group, which stands for nothing).
    struct Part {
        std::string text{};
        bool is_group = false;
        int group = -1;
    };
    static std::string_view group_text(const Part& part, const std::vector<re2::StringPiece>& groups);
    void add_text(std::string_view text) { parts_.push_back({.text = std::string(text)}); }
    bool take_group(std::string_view& text, const re2::RE2& regex);

    std::vector<Part> parts_;
};

}  // namespace vigie::controller::query
