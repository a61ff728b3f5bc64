// --name value and --name=value; everything after -- is a word.
#include "agent/backup/cli_options.hpp"

#include <algorithm>
#include <charconv>
#include <map>

namespace vigie::agent::backup {
namespace {

struct Verb {
    size_t words_min, words_max;
    const char* words;
};
const std::map<std::string, Verb, std::less<>>& verbs() {
    static const std::map<std::string, Verb, std::less<>> all{
        {"init", {0, 0, "no arguments"}},
        {"run", {1, SIZE_MAX, "at least one PATH"}},
        {"list", {0, 0, "no arguments"}},
        {"ls", {1, SIZE_MAX, "a SNAPSHOT or 'latest'"}},
        {"find", {1, SIZE_MAX, "at least one PATTERN"}},
        {"diff", {2, 2, "two SNAPSHOTs"}},
        {"stats", {0, SIZE_MAX, "SNAPSHOTs or none"}},
        {"restore", {1, SIZE_MAX, "a SNAPSHOT or 'latest'"}},
        {"verify", {0, 0, "no arguments"}},
        {"forget", {0, SIZE_MAX, "SNAPSHOTs or a policy"}},
        {"prune", {0, 0, "no arguments"}},
        {"keys", {1, 2, "list, add, remove KEY or change"}},
        {"unlock", {0, 0, "no arguments"}},
    };
    return all;
}

std::string known_verbs() {
    return "init, run, list, ls, find, diff, stats, restore, verify, forget, prune, keys and unlock";
}

// An option, the verbs that take it (none: all), and what a value does. A flag has no value.
struct Option {
    std::vector<std::string_view> verbs;
    Result<void> (*set)(CliOptions& options, const std::string& value);
    bool is_flag = false;
};

template <std::string CliOptions::*field>
Result<void> set_text(CliOptions& options, const std::string& value) {
    options.*field = value;
    return {};
}

template <bool CliOptions::*field>
Result<void> set_flag(CliOptions& options, const std::string&) {
    options.*field = true;
    return {};
}

template <uint32_t RetentionPolicy::*field>
Result<void> set_count(CliOptions& options, const std::string& value) {
    VIGIE_TRY(options.policy.*field, parse_keep_count(value));
    return {};
}

template <CalendarSpan RetentionPolicy::*field>
Result<void> set_span(CliOptions& options, const std::string& value) {
    VIGIE_TRY(options.policy.*field, parse_calendar_span(value));
    return {};
}

Result<void> set_output(CliOptions& options, const std::string& value) {
    if (value != "json" && value != "table") {
        return fail(ErrorCode::malformed, "'{}' is neither table nor json", value);
    }
    options.is_json = value == "json";
    return {};
}

Result<void> add_tag(CliOptions& options, const std::string& value) {
    options.tags.push_back(value);
    return {};
}

Result<void> add_kept_tags(CliOptions& options, const std::string& value) {
    auto& tags = options.policy.tags.emplace_back();
    for (size_t begin = 0; begin <= value.size();) {
        const auto comma = std::min(value.find(',', begin), value.size());
        tags.push_back(value.substr(begin, comma - begin));
        if (tags.back().empty()) {
            return fail(ErrorCode::malformed, "a tag in '{}' is empty", value);
        }
        begin = comma + 1;
    }
    return {};
}

Result<void> set_grouping(CliOptions& options, const std::string& value) {
    VIGIE_TRY(options.grouping, parse_grouping(value));
    return {};
}

Result<void> set_unused(CliOptions& options, const std::string& value) {
    double percent = 0;
    const auto* end = value.data() + value.size();
    const auto parsed = std::from_chars(value.data(), end, percent);
    if (parsed.ec != std::errc{} || parsed.ptr + 1 != end || *parsed.ptr != '%' || !(percent >= 0 && percent <= 100)) {
        return fail(ErrorCode::malformed, "'{}' is no share such as 5%", value);
    }
    options.unused_ratio_max = percent / 100;
    return {};
}

Result<void> select_all_packs(CliOptions& options, const std::string&) {
    options.packs = all_packs;
    return {};
}

Result<void> set_packs(CliOptions& options, const std::string& value) {
    VIGIE_TRY(options.packs, parse_pack_selection(value));
    return {};
}

// Checked where it is read: a slip is wrong usage, and told with its option.
template <PatternSource CliOptions::*field>
Result<void> add_pattern(CliOptions& options, const std::string& value) {
    VIGIE_CHECK(PathPattern::parse(value));
    (options.*field).patterns.push_back(value);
    return {};
}

template <PatternSource CliOptions::*field>
Result<void> add_pattern_file(CliOptions& options, const std::string& value) {
    (options.*field).files.push_back(value);
    return {};
}

Result<void> set_size_limit(CliOptions& options, const std::string& value) {
    VIGIE_TRY(options.excludes_larger_than, parse_bytes(value));
    return {};
}

Result<void> set_overwrite(CliOptions& options, const std::string& value) {
    static const std::map<std::string_view, OverwritePolicy> policies{{"always", OverwritePolicy::always},
                                                                      {"if-changed", OverwritePolicy::if_changed},
                                                                      {"if-newer", OverwritePolicy::if_newer},
                                                                      {"never", OverwritePolicy::never}};
    const auto policy = policies.find(value);
    if (policy == policies.end()) {
        return fail(ErrorCode::malformed, "'{}' is none of always, if-changed, if-newer and never", value);
    }
    options.overwrite = policy->second;
    return {};
}

const std::map<std::string_view, Option>& known_options() {
    const std::vector<std::string_view> selecting{"run", "list", "ls", "find", "stats", "restore", "forget"};
    static const std::map<std::string_view, Option> all{
        {"--repo", {{}, set_text<&CliOptions::repository>}},
        {"--password-file", {{}, set_text<&CliOptions::password_file>}},
        {"--output", {{}, set_output}},
        {"-o", {{}, set_output}},
        {"--target", {{"restore"}, set_text<&CliOptions::target>}},
        {"--host", {selecting, set_text<&CliOptions::host>}},
        {"--tag", {selecting, add_tag}},
        {"--read-data", {{"verify"}, select_all_packs, true}},
        {"--read-data-subset", {{"verify"}, set_packs}},
        {"--include", {{"restore"}, add_pattern<&CliOptions::includes>}},
        {"--include-file", {{"restore"}, add_pattern_file<&CliOptions::includes>}},
        {"--exclude", {{"run", "restore"}, add_pattern<&CliOptions::excludes>}},
        {"--exclude-file", {{"run", "restore"}, add_pattern_file<&CliOptions::excludes>}},
        {"--exclude-caches", {{"run"}, set_flag<&CliOptions::excludes_caches>, true}},
        {"--exclude-larger-than", {{"run"}, set_size_limit}},
        {"--one-file-system", {{"run"}, set_flag<&CliOptions::is_one_file_system>, true}},
        {"--overwrite", {{"restore"}, set_overwrite}},
        {"--no-sparse", {{"restore"}, set_flag<&CliOptions::is_dense>, true}},
        {"--keep-last", {{"forget"}, set_count<&RetentionPolicy::last>}},
        {"--keep-hourly", {{"forget"}, set_count<&RetentionPolicy::hourly>}},
        {"--keep-daily", {{"forget"}, set_count<&RetentionPolicy::daily>}},
        {"--keep-weekly", {{"forget"}, set_count<&RetentionPolicy::weekly>}},
        {"--keep-monthly", {{"forget"}, set_count<&RetentionPolicy::monthly>}},
        {"--keep-yearly", {{"forget"}, set_count<&RetentionPolicy::yearly>}},
        {"--keep-within", {{"forget"}, set_span<&RetentionPolicy::within>}},
        {"--keep-within-hourly", {{"forget"}, set_span<&RetentionPolicy::within_hourly>}},
        {"--keep-within-daily", {{"forget"}, set_span<&RetentionPolicy::within_daily>}},
        {"--keep-within-weekly", {{"forget"}, set_span<&RetentionPolicy::within_weekly>}},
        {"--keep-within-monthly", {{"forget"}, set_span<&RetentionPolicy::within_monthly>}},
        {"--keep-within-yearly", {{"forget"}, set_span<&RetentionPolicy::within_yearly>}},
        {"--keep-tag", {{"forget"}, add_kept_tags}},
        {"--group-by", {{"forget"}, set_grouping}},
        {"--dry-run", {{"forget", "prune"}, set_flag<&CliOptions::is_dry_run>, true}},
        {"--prune", {{"forget"}, set_flag<&CliOptions::prunes>, true}},
        {"--max-unused", {{"forget", "prune"}, set_unused}},
        {"--new-password-file", {{"keys"}, set_text<&CliOptions::new_password_file>}},
        {"--remove-all", {{"unlock"}, set_flag<&CliOptions::remove_all>, true}},
    };
    return all;
}

// Nothing is chosen by an empty value: a script's unset variable must not back up or restore more than was meant.
bool may_be_empty(std::string_view name) {
    return name == "--group-by";
}

// The value of the option at args[at], which may be the next word.
Result<std::string> take_value(const Option& option, const std::string& name, const std::vector<std::string>& args,
                               size_t& at) {
    const auto& arg = args[at];
    const bool has_own = arg.size() > name.size();
    if (option.is_flag) {
        return has_own ? fail(ErrorCode::malformed, "{} takes no value", name) : Result<std::string>("");
    }
    std::string value = has_own ? arg.substr(name.size() + 1) : at + 1 < args.size() ? args[++at] : "";
    if (value.empty() && !may_be_empty(name)) {
        return fail(ErrorCode::malformed, "{} needs a value", name);
    }
    return value;
}

Result<void> check_option(const std::string& name, const std::string& verb) {
    const auto& allowed = known_options().at(name).verbs;
    if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), verb) == allowed.end()) {
        return fail(ErrorCode::malformed, "{} is for {}", name, fmt::join(allowed, ", "));
    }
    return {};
}

Result<void> check_selection(const CliOptions& options) {
    if (options.verb != "run" && options.tags.size() > 1) {
        return fail(ErrorCode::malformed, "{} takes one --tag", options.verb);
    }
    const bool narrows = !options.host.empty() || !options.tags.empty();
    const bool takes_latest = options.verb == "restore" || options.verb == "ls";
    if (narrows && takes_latest && options.words.front() != "latest") {
        return fail(ErrorCode::malformed, "--host and --tag choose among snapshots for 'latest'; {} names one already",
                    options.words.front());
    }
    if (narrows && options.verb == "stats" && !options.words.empty()) {
        return fail(ErrorCode::malformed, "stats takes either SNAPSHOTs or --host and --tag, not both");
    }
    if (options.verb == "forget" && !options.words.empty() && (narrows || !options.policy.is_empty())) {
        return fail(ErrorCode::malformed, "forget takes either SNAPSHOTs or a policy with --host and --tag, not both");
    }
    return {};
}

Result<void> check_keys(const CliOptions& options) {
    const auto& action = options.words.front();
    const bool is_known = action == "list" || action == "add" || action == "remove" || action == "change";
    if (!is_known || (options.words.size() == 2) != (action == "remove")) {
        return fail(ErrorCode::malformed, "keys takes list, add, remove KEY or change");
    }
    if (options.new_password_file.empty() == (action == "add" || action == "change")) {
        return fail(ErrorCode::malformed,
                    "--new-password-file: keys add and keys change need it, the others have none");
    }
    return {};
}

Result<void> check(const CliOptions& options) {
    const auto verb = verbs().find(options.verb);
    if (verb == verbs().end()) {
        return fail(ErrorCode::malformed, "unknown verb '{}': there are {}", options.verb, known_verbs());
    }
    if (std::find(options.words.begin(), options.words.end(), "") != options.words.end()) {
        return fail(ErrorCode::malformed, "{}: an argument is empty: is a variable in the command not set?",
                    options.verb);
    }
    if (options.words.size() < verb->second.words_min || options.words.size() > verb->second.words_max) {
        return fail(ErrorCode::malformed, "{} takes {}", options.verb, verb->second.words);
    }
    if (options.repository.empty() || options.password_file.empty()) {
        return fail(ErrorCode::malformed, "{} needs --repo and --password-file", options.verb);
    }
    if (options.verb == "restore" && options.target.empty()) {
        return fail(ErrorCode::malformed, "restore needs --target");
    }
    VIGIE_CHECK(check_selection(options));
    return options.verb == "keys" ? check_keys(options) : Result<void>{};
}

}  // namespace

Result<CliOptions> parse_cli(const std::vector<std::string>& args) {
    CliOptions options;
    std::vector<std::string> given;
    bool are_words = false;
    for (size_t i = 0; i < args.size(); ++i) {
        const auto& arg = args[i];
        if (are_words || !arg.starts_with('-') || arg == "-") {
            (options.verb.empty() ? options.verb : options.words.emplace_back()) = arg;
        } else if (arg == "--") {
            are_words = true;
        } else if (arg == "--help" || arg == "-h") {
            options.wants_help = true;
        } else {
            const auto name = arg.substr(0, arg.find('='));
            const auto option = known_options().find(name);
            if (option == known_options().end()) {
                return fail(ErrorCode::malformed, "unknown option {}", name);
            }
            VIGIE_TRY(const auto value, take_value(option->second, name, args, i));
            if (const auto set = option->second.set(options, value); !set) {
                return fail(set.error().at(name));
            }
            given.push_back(name);
        }
    }
    if (options.wants_help) {
        return options;
    }
    if (options.verb.empty()) {
        return fail(ErrorCode::malformed, "say what to do: there are {}", known_verbs());
    }
    VIGIE_CHECK(check(options));
    for (const auto& name : given) {
        VIGIE_CHECK(check_option(name, options.verb));
    }
    return options;
}

}  // namespace vigie::agent::backup
