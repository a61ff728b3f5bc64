#include "agent/logs/cli.hpp"

#include <cstdio>
#include <optional>

#include "agent/logs/commands.hpp"

namespace vigie::agent::logs {
namespace {

constexpr int exit_well = 0;
constexpr int exit_failure = 1;
constexpr int exit_usage = 2;
constexpr int exit_locked = 3;

constexpr std::string_view help = R"(usage: vigie-agent logs rotate [OPTION]... CONFIG...

Rotates the logs that the policy files (in logrotate's syntax) name and that are due.

  --state FILE              when each log was last rotated; default /var/lib/vigie/rotation.state
  --dry-run                 say what would be done and change nothing
  --force                   rotate whether due or not
  --verbose                 tell of logs that are not due as well
  --output text|json, -o    form of the report; default text
  --script-timeout TIME     how long a script may run, such as 30s or 5m; default 5m
  --help                    this text

Exit status: 0 all went well, 1 something failed, 2 wrong usage, 3 another rotation is running.
)";

struct CommandLine {
    RotateOptions options;
    bool is_json = false;
    bool is_verbose = false;
    bool wants_help = false;
};

class Reader {
  public:
    explicit Reader(const std::vector<std::string>& args) : args_(args) {}

    Result<CommandLine> run() {
        for (; at_ < args_.size(); ++at_) {
            const auto& word = args_[at_];
            if (word == "--") {
                line_.options.policy_files.insert(line_.options.policy_files.end(),
                                                  args_.begin() + static_cast<long>(at_) + 1, args_.end());
                break;
            }
            if (!word.starts_with('-') || word == "-") {
                line_.options.policy_files.push_back(word);
                continue;
            }
            VIGIE_CHECK(take_option(word));
        }
        if (!line_.wants_help && line_.options.policy_files.empty()) {
            return fail(ErrorCode::malformed, "name at least one policy file, such as /etc/logrotate.d/app");
        }
        return std::move(line_);
    }

  private:
    Result<void> take_option(const std::string& word) {
        const auto equals = word.find('=');
        const auto name = word.substr(0, equals);
        const auto given = equals == std::string::npos ? std::nullopt : std::optional(word.substr(equals + 1));
        if (auto* const flag = flag_of(name)) {
            if (given) {
                return fail(ErrorCode::malformed, "{} takes no value", name);
            }
            *flag = true;
            return {};
        }
        if (name != "--state" && name != "--output" && name != "-o" && name != "--script-timeout") {
            return fail(ErrorCode::malformed, "unknown option {}", name);
        }
        if (!given && at_ + 1 >= args_.size()) {
            return fail(ErrorCode::malformed, "{} needs a value", name);
        }
        return set(name, given ? *given : args_[++at_]);
    }

    bool* flag_of(std::string_view name) {
        return name == "--dry-run"                   ? &line_.options.dry_run
               : name == "--force" || name == "-f"   ? &line_.options.force
               : name == "--verbose" || name == "-v" ? &line_.is_verbose
               : name == "--help" || name == "-h"    ? &line_.wants_help
                                                     : nullptr;
    }

    Result<void> set(const std::string& name, const std::string& value) {
        if (name == "--state") {
            if (value.empty()) {
                return fail(ErrorCode::malformed, "--state needs the name of a file");
            }
            line_.options.state_file = value;
        } else if (name == "--output" || name == "-o") {
            if (value != "text" && value != "json") {
                return fail(ErrorCode::malformed, "--output is text or json, not '{}'", value);
            }
            line_.is_json = value == "json";
        } else {
            const auto limit = parse_duration(value);
            if (!limit || *limit <= 0ms) {
                return fail(ErrorCode::malformed, "--script-timeout needs a time such as 30s or 5m, not '{}'", value);
            }
            line_.options.script_timeout = *limit;
        }
        return {};
    }

    const std::vector<std::string>& args_;
    size_t at_ = 0;
    CommandLine line_;
};

int print_report(const RotationReport& report, const CommandLine& line) {
    for (const auto& warning : report.warnings) {
        fmt::print(stderr, "warning: {}\n", warning);
    }
    for (const auto& error : report.errors) {
        fmt::print(stderr, "error: {}\n", error);
    }
    fmt::print("{}", line.is_json ? to_json(report) : to_text(report, line.is_verbose || line.options.dry_run));
    return report.has_failed() ? exit_failure : exit_well;
}

}  // namespace

int rotate_main(const std::vector<std::string>& args) {
    const auto line = Reader(args).run();
    if (!line) {
        fmt::print(stderr, "logs rotate: {}\nvigie-agent logs rotate --help shows what there is\n",
                   line.error().message);
        return exit_usage;
    }
    if (line->wants_help) {
        fmt::print("{}", help);
        return exit_well;
    }
    const SystemClock clock;
    const auto report = rotate(line->options, clock);
    if (!report) {
        fmt::print(stderr, "error: {}\n", report.error().message);
        return report.error().code == ErrorCode::conflict ? exit_locked : exit_failure;
    }
    return print_report(*report, *line);
}

}  // namespace vigie::agent::logs
