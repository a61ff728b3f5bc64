// --name value and --name=value; everything after -- is a word.
#include "agent/backup/cli_options.hpp"

#include <algorithm>
#include <map>

namespace vigie::agent::backup {

const char* const cli_usage =
    "usage: backup VERB --repo DIR --password-file FILE [OPTION…] [ARGUMENT…]\n"
    "\n"
    "  init                                make a repository (restic's format, version 2)\n"
    "  run PATH…                           take a snapshot\n"
    "  list                                show the snapshots\n"
    "  restore SNAPSHOT|latest [PATH…]     put a snapshot, or these paths of it, below --target\n"
    "  verify                              prove that every snapshot can be restored\n"
    "\n"
    "  --repo DIR             the repository's folder\n"
    "  --password-file FILE   its first line is the password; only its owner may have access to it\n"
    "  --output table|json    how results are written (-o)\n"
    "  --tag T                run: tag the snapshot, may be repeated; list, restore latest: only snapshots with it\n"
    "  --host NAME            run: the name in the snapshot; list, restore latest: only this host's\n"
    "  --state-dir DIR        run without --host: the agent's state folder, whose enrolled name the snapshot carries\n"
    "                         (/var/lib/vigie/agent; the system's own name where no host is enrolled)\n"
    "  --target DIR           restore: where to\n"
    "  --read-data            verify: read every byte too\n"
    "\n"
    "exit codes: 0 ok, 1 failure, 2 usage, 3 partial\n";

namespace {

struct Verb {
    size_t words_min, words_max;
    const char* words;
};
const std::map<std::string, Verb, std::less<>> verbs{{"init", {0, 0, "no arguments"}},
                                                     {"run", {1, SIZE_MAX, "at least one PATH"}},
                                                     {"list", {0, 0, "no arguments"}},
                                                     {"restore", {1, SIZE_MAX, "a SNAPSHOT or 'latest'"}},
                                                     {"verify", {0, 0, "no arguments"}}};

// Nothing is chosen by an empty value: a script's unset variable must not back up or restore more than was meant.
Result<void> set_option(CliOptions& options, const std::string& name, const std::string& value) {
    if (name == "--repo") {
        options.repository = value;
    } else if (name == "--password-file") {
        options.password_file = value;
    } else if (name == "--target") {
        options.target = value;
    } else if (name == "--host") {
        options.host = value;
    } else if (name == "--tag") {
        options.tags.push_back(value);
    } else if (name == "--output" || name == "-o") {
        if (value != "json" && value != "table") {
            return fail(ErrorCode::malformed, "--output: '{}' is neither table nor json", value);
        }
        options.is_json = value == "json";
    } else {
        return fail(ErrorCode::malformed, "unknown option {}", name);
    }
    return value.empty() ? fail(ErrorCode::malformed, "{} needs a value", name) : Result<void>{};
}

Result<void> check(const CliOptions& options) {
    const auto verb = verbs.find(options.verb);
    if (verb == verbs.end()) {
        return fail(ErrorCode::malformed, "unknown verb '{}': there are init, run, list, restore and verify",
                    options.verb);
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
    if (options.verb != "restore" && !options.target.empty()) {
        return fail(ErrorCode::malformed, "--target is for restore");
    }
    if ((!options.host.empty() || !options.tags.empty()) && (options.verb == "init" || options.verb == "verify")) {
        return fail(ErrorCode::malformed, "--host and --tag are for run, list and restore latest");
    }
    if ((!options.host.empty() || !options.tags.empty()) && options.verb == "restore" &&
        options.words.front() != "latest") {
        return fail(ErrorCode::malformed, "--host and --tag choose among snapshots for 'latest'; {} names one already",
                    options.words.front());
    }
    if (options.read_data && options.verb != "verify") {
        return fail(ErrorCode::malformed, "--read-data is for verify");
    }
    if (options.verb != "run" && options.tags.size() > 1) {
        return fail(ErrorCode::malformed, "{} takes one --tag", options.verb);
    }
    return {};
}

}  // namespace

Result<CliOptions> parse_cli(const std::vector<std::string>& args) {
    CliOptions options;
    bool are_words = false;
    for (size_t i = 0; i < args.size(); ++i) {
        const auto& arg = args[i];
        if (are_words || !arg.starts_with('-') || arg == "-") {
            (options.verb.empty() ? options.verb : options.words.emplace_back()) = arg;
        } else if (arg == "--") {
            are_words = true;
        } else if (arg == "--help" || arg == "-h") {
            options.wants_help = true;
        } else if (arg == "--read-data") {
            options.read_data = true;
        } else if (const auto equals = arg.find('='); equals != std::string::npos) {
            VIGIE_CHECK(set_option(options, arg.substr(0, equals), arg.substr(equals + 1)));
        } else if (i + 1 < args.size()) {
            VIGIE_CHECK(set_option(options, arg, args[++i]));
        } else {
            VIGIE_CHECK(set_option(options, arg, ""));
        }
    }
    if (options.wants_help) {
        return options;
    }
    if (options.verb.empty()) {
        return fail(ErrorCode::malformed, "say what to do: init, run, list, restore or verify");
    }
    VIGIE_CHECK(check(options));
    return options;
}

}  // namespace vigie::agent::backup
