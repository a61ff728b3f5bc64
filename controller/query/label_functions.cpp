#include "controller/query/label_functions.hpp"

#include <re2/re2.h>

#include "controller/query/literals.hpp"
#include "controller/query/rows.hpp"

namespace vigie::controller::query {
namespace {

constexpr int64_t regex_memory_bytes_max = 1 << 20;

Result<void> check_label(std::string_view function, std::string_view role, std::string_view name) {
    if (is_label_name(name)) {
        return {};
    }
    return fail(ErrorCode::malformed, "{}: invalid {} label name {}", function, role, quoted(name));
}

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// A replacement as Go's regexp expands it: $name and ${name}, the name as long as it goes, $$ for a dollar. Of the
// parts: texts, and groups by number (-1: there is no such group, which stands for nothing).
class Replacement {
  public:
    Replacement(std::string_view text, const re2::RE2& regex) : regex_(regex) {
        while (!text.empty()) {
            const auto dollar = text.find('$');
            add_text(text.substr(0, dollar));
            if (dollar == std::string_view::npos) {
                return;
            }
            text.remove_prefix(dollar + 1);
            if (text.starts_with('$')) {
                add_text("$");
                text.remove_prefix(1);
            } else if (!take_group(text)) {
                add_text("$");
            }
        }
    }

    // Bytes that expand() will make: they are paid for before.
    size_t expanded_bytes(const std::vector<re2::StringPiece>& groups) const {
        size_t bytes = 0;
        for (const auto& part : parts_) {
            bytes += part.is_group ? group_text(part, groups).size() : part.text.size();
        }
        return bytes;
    }

    std::string expand(const std::vector<re2::StringPiece>& groups) const {
        std::string out;
        for (const auto& part : parts_) {
            out += part.is_group ? group_text(part, groups) : std::string_view(part.text);
        }
        return out;
    }

  private:
    struct Part {
        std::string text{};
        bool is_group = false;
        int group = -1;
    };

    static std::string_view group_text(const Part& part, const std::vector<re2::StringPiece>& groups) {
        if (part.group < 0 || static_cast<size_t>(part.group) >= groups.size()) {
            return {};
        }
        const auto& found = groups[static_cast<size_t>(part.group)];
        return found.data() == nullptr ? std::string_view() : std::string_view(found.data(), found.size());
    }

    void add_text(std::string_view text) { parts_.push_back({.text = std::string(text)}); }

    bool take_group(std::string_view& text) {
        const bool has_brace = text.starts_with('{');
        const auto start = text.substr(has_brace ? 1 : 0);
        const auto end = static_cast<size_t>(std::find_if_not(start.begin(), start.end(), is_word) - start.begin());
        if (end == 0 || (has_brace && (end == start.size() || start[end] != '}'))) {
            return false;
        }
        parts_.push_back({.is_group = true, .group = group_of(start.substr(0, end))});
        text = start.substr(end + (has_brace ? 1 : 0));
        return true;
    }

    int group_of(std::string_view name) const {
        constexpr size_t digits_max = 8;  // more is no number of a group, and leading zeros make a name
        const bool is_number = name.find_first_not_of("0123456789") == std::string_view::npos;
        if (is_number && name.size() <= digits_max && (name.size() == 1 || name[0] != '0')) {
            return std::stoi(std::string(name));
        }
        const auto found = regex_.NamedCapturingGroups().find(std::string(name));
        return found == regex_.NamedCapturingGroups().end() ? -1 : found->second;
    }

    const re2::RE2& regex_;
    std::vector<Part> parts_;
};

}  // namespace

Result<Matrix> label_replace(Matrix operand, const std::vector<std::string>& texts, Workspace& workspace) {
    const auto& [target, replacement, source, pattern] = std::tie(texts[0], texts[1], texts[2], texts[3]);
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(regex_memory_bytes_max);
    const re2::RE2 regex(pattern, options);
    if (!regex.ok()) {
        return fail(ErrorCode::malformed, "label_replace: invalid regular expression {}: {}", quoted(pattern),
                    regex.error());
    }
    VIGIE_CHECK(check_label("label_replace", "destination", target));
    const Replacement expanded(replacement, regex);
    const auto kept_target = workspace.arena.keep(target);
    std::vector<re2::StringPiece> groups(static_cast<size_t>(regex.NumberOfCapturingGroups()) + 1);
    LabelEdit edit;
    for (size_t i = 0; i < operand.rows(); ++i) {
        const auto value = operand.labels(i).value_of(source);
        const re2::StringPiece text(value.data() == nullptr ? "" : value.data(), value.size());
        VIGIE_CHECK(workspace.budget.spend(value.size() + 1));
        if (!regex.Match(text, 0, text.size(), re2::RE2::ANCHOR_BOTH, groups.data(), static_cast<int>(groups.size()))) {
            continue;
        }
        VIGIE_CHECK(workspace.budget.take(expanded.expanded_bytes(groups) / bytes_per_sample));
        edit.start(operand.labels(i));
        edit.set(kept_target, workspace.arena.keep(expanded.expand(groups)));
        operand.set_labels(i, workspace.arena.keep(edit.labels()));
    }
    operand.has_one_name = false;
    return merge_rows(std::move(operand), SameLabels::at_one_step, workspace);
}

Result<Matrix> label_join(Matrix operand, const std::vector<std::string>& texts, Workspace& workspace) {
    const std::span<const std::string> sources = std::span(texts).subspan(2);
    for (const auto& source : sources) {
        VIGIE_CHECK(check_label("label_join", "source", source));
    }
    VIGIE_CHECK(check_label("label_join", "destination", texts[0]));
    const auto kept_target = workspace.arena.keep(texts[0]);
    LabelEdit edit;
    for (size_t i = 0; i < operand.rows(); ++i) {
        std::vector<std::string_view> values;
        size_t bytes = 0;
        for (const auto& source : sources) {
            values.push_back(operand.labels(i).value_of(source));
            bytes += values.back().size() + texts[1].size();
        }
        VIGIE_CHECK(workspace.budget.take(bytes / bytes_per_sample));
        const auto joined = fmt::format("{}", fmt::join(values, texts[1]));
        edit.start(operand.labels(i));
        edit.set(kept_target, workspace.arena.keep(joined));
        operand.set_labels(i, workspace.arena.keep(edit.labels()));
    }
    operand.has_one_name = false;
    return merge_rows(std::move(operand), SameLabels::at_one_step, workspace);
}

}  // namespace vigie::controller::query
