#include "controller/query/label_functions.hpp"

#include <re2/re2.h>

#include "controller/query/literals.hpp"
#include "controller/query/replacement.hpp"
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
