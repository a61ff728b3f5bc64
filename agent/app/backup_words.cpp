// --state-dir DIR to --host NAME.
#include "agent/app/backup_words.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "agent/link/enrolled_name.hpp"

namespace vigie::agent {
namespace {

constexpr std::string_view state_option = "--state-dir";

// Takes the option and its value out; nothing when it is not there.
Result<std::optional<std::string>> take_state_dir(std::vector<std::string>& words) {
    const auto end = std::find(words.begin(), words.end(), "--");
    const auto found = std::find_if(words.begin(), end, [](const std::string& word) {
        return word == state_option || word.starts_with(std::string(state_option) + "=");
    });
    if (found == end) {
        return std::nullopt;
    }
    const bool is_one_word = found->size() > state_option.size();
    if (!is_one_word && found + 1 == end) {
        return fail(ErrorCode::malformed, "backup: --state-dir needs a value");
    }
    auto value = is_one_word ? found->substr(state_option.size() + 1) : *(found + 1);
    if (value.empty()) {
        return fail(ErrorCode::malformed, "backup: --state-dir needs a value");
    }
    words.erase(found, found + (is_one_word ? 1 : 2));
    return value;
}

// The first word that is one of the verbs, since options may stand before it. An option's value that is a verb (`--tag
// list`) hides the real one: then nothing is added, and the snapshot carries the system's own name.
bool is_run(const std::vector<std::string>& words) {
    static constexpr std::array<std::string_view, 13> verbs{
        "init", "run", "list", "restore", "verify", "forget", "prune", "keys", "unlock", "ls", "find", "diff", "stats"};
    const auto verb = std::find_first_of(words.begin(), words.end(), verbs.begin(), verbs.end());
    return verb != words.end() && *verb == "run";
}

bool has_host(const std::vector<std::string>& words) {
    return std::any_of(words.begin(), std::find(words.begin(), words.end(), "--"),
                       [](const std::string& word) { return word == "--host" || word.starts_with("--host="); });
}

}  // namespace

Result<BackupWords> name_host(Files& files, std::vector<std::string> words, const std::string& default_state_dir) {
    if (!is_run(words)) {
        return BackupWords{std::move(words), {}};
    }
    VIGIE_TRY(const auto state_dir, take_state_dir(words));
    BackupWords named{std::move(words), {}};
    if (has_host(named.words)) {
        return named;
    }
    const auto name = enrolled_name(files, join_path(state_dir.value_or(default_state_dir), "identity"));
    if (name) {
        named.words.insert(named.words.begin() + 1, {"--host", *name});
    } else if (state_dir || name.error().code != ErrorCode::not_found) {
        named.note = fmt::format("{}: the snapshot carries the system's own name", name.error().message);
    }
    return named;
}

}  // namespace vigie::agent
