// Options as popt reads them: short ones in bundles, before or behind the files.
#include "agent/logs/logrotate_cli.hpp"

#include <syslog.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>

#include "agent/logs/commands.hpp"
#include "agent/logs/executor.hpp"
#include "shared/os/files.hpp"

namespace vigie::agent::logs {
namespace {

constexpr int exit_well = 0;
constexpr int exit_failure = 1;
constexpr int exit_usage = 2;
constexpr int exit_locked = 3;

constexpr std::string_view usage_text = R"(Usage: vigie-logrotate [-dfv?] [-d|--debug] [-f|--force] [-m|--mail=command]
        [-s|--state=statefile] [--skip-state-lock] [--wait-for-state-lock]
        [-v|--verbose] [-l|--log=logfile] [--version] [-?|--help] [--usage]
        [OPTION...] <configfile>
)";

constexpr std::string_view help_text = R"(Usage: vigie-logrotate [OPTION...] <configfile>
  -d, --debug               Plan and check, say what would be done, change nothing
  -f, --force               Rotate whether due or not
  -m, --mail=command        Command to send mail (instead of `/usr/bin/mail')
  -s, --state=statefile     Path of state file (instead of `/var/lib/logrotate/status'); /dev/null: none
      --skip-state-lock     Do not lock the state file
      --wait-for-state-lock Wait for lock on the state file, for ever (instead of 2 s)
  -v, --verbose             Say what is done
  -l, --log=logfile         Write what -v says into this file, or `syslog'
      --version             Display version information

Help options:
  -?, --help                Show this help message
      --usage               Display brief usage message
)";

constexpr std::string_view debug_warning =
    "logrotate in debug mode does nothing except printing debug messages!  Consider using verbose mode (-v) instead if "
    "this is not what you want.";

// Long enough for a run that is just ending; who calls logrotate expects an answer at once.
constexpr milliseconds lock_wait = 2s;

enum class Ask { rotation, help, usage, version };

struct CommandLine {
    RotateOptions options;
    Ask ask = Ask::rotation;
    bool is_verbose = false;
    std::string log_file;
};

struct Option {
    char letter;  // 0: none
    std::string_view name;
    bool has_value;
};
constexpr std::array known_options{Option{'d', "debug", false},
                                   Option{'f', "force", false},
                                   Option{'m', "mail", true},
                                   Option{'s', "state", true},
                                   Option{0, "skip-state-lock", false},
                                   Option{0, "wait-for-state-lock", false},
                                   Option{'v', "verbose", false},
                                   Option{'l', "log", true},
                                   Option{0, "version", false},
                                   Option{'?', "help", false},
                                   Option{0, "usage", false}};

class Reader {
  public:
    explicit Reader(const std::vector<std::string>& args) : args_(args) {
        line_.options.state_file = logrotate_state_file;
        line_.options.is_tolerant = true;
        line_.options.shows_script_output = true;
        line_.options.lock_wait = lock_wait;
    }

    Result<CommandLine> run() {
        auto& files = line_.options.policy_files;
        for (; at_ < args_.size(); ++at_) {
            const std::string_view word = args_[at_];
            if (word == "--") {
                files.insert(files.end(), args_.begin() + static_cast<std::ptrdiff_t>(at_) + 1, args_.end());
                break;
            }
            if (word.starts_with("--")) {
                VIGIE_CHECK(take_long(word));
            } else if (word.size() > 1 && word[0] == '-') {
                VIGIE_CHECK(take_bundle(word));
            } else {
                files.emplace_back(word);
            }
        }
        return std::move(line_);
    }

  private:
    static tl::unexpected<Error> refuse(std::string_view word) {
        return fail(ErrorCode::malformed, "bad argument {}: unknown error", word);  // popt's words
    }

    Result<void> take_long(std::string_view word) {
        const auto equals = word.find('=');
        const auto name = word.substr(2, equals == word.npos ? word.npos : equals - 2);
        const auto* option = std::find_if(known_options.begin(), known_options.end(),
                                          [&](const Option& known) { return known.name == name; });
        if (option == known_options.end() || (equals != word.npos && !option->has_value)) {
            return refuse(word);
        }
        return equals == word.npos ? take(*option, std::nullopt, word) : take(*option, word.substr(equals + 1), word);
    }

    // "-vfs FILE", "-vfsFILE", "-s=FILE"
    Result<void> take_bundle(std::string_view word) {
        for (size_t i = 1; i < word.size(); ++i) {
            const auto* option = std::find_if(known_options.begin(), known_options.end(),
                                              [&](const Option& known) { return known.letter == word[i]; });
            if (option == known_options.end()) {
                return refuse(word);
            }
            if (!option->has_value) {
                VIGIE_CHECK(take(*option, std::nullopt, word));
                continue;
            }
            auto rest = word.substr(i + 1);
            rest.remove_prefix(rest.starts_with('=') ? 1 : 0);
            return i + 1 == word.size() ? take(*option, std::nullopt, word) : take(*option, rest, word);
        }
        return {};
    }

    // `given` is the value that stands in the word itself.
    Result<void> take(const Option& option, std::optional<std::string_view> given, std::string_view word) {
        std::string value(given.value_or(""));
        if (option.has_value && !given) {
            if (at_ + 1 >= args_.size()) {
                return refuse(word);
            }
            value = args_[++at_];
        }
        if (option.has_value && value.empty()) {
            return refuse(word);
        }
        set(option.name, value);
        return {};
    }

    void set(std::string_view name, const std::string& value) {
        auto& options = line_.options;
        if (name == "debug") {
            options.dry_run = line_.is_verbose = true;
        } else if (name == "force") {
            options.force = true;
        } else if (name == "verbose") {
            line_.is_verbose = true;
        } else if (name == "mail") {
            options.mail_command = value;
        } else if (name == "state") {
            options.state_file = value;
        } else if (name == "log") {
            line_.log_file = value;
        } else if (name == "skip-state-lock") {
            options.skips_lock = true;
        } else if (name == "wait-for-state-lock") {
            options.lock_wait = milliseconds::max();
        } else {
            line_.ask = name == "help" ? Ask::help : name == "usage" ? Ask::usage : Ask::version;
        }
    }

    const std::vector<std::string>& args_;
    size_t at_ = 0;
    CommandLine line_;
};

// What `-v` shows: logrotate's lines where scripts look for them.
std::string verbose_text(const RotationReport& report, const CommandLine& line) {
    std::string text;
    for (const auto& file : line.options.policy_files) {
        text += fmt::format("reading config file {}\n", file);
    }
    for (const auto& note : report.notes) {
        text += fmt::format("note: {}\n", note);
    }
    text += fmt::format("\nHandling {} logs\n", report.logs.size());
    for (const auto& log : report.logs) {
        text += fmt::format("\nconsidering log {}\n", log.path);
        if (log.outcome == Outcome::not_due) {
            text += fmt::format("  log does not need rotating ({})\n", log.reason);
            continue;
        }
        text += fmt::format("  log needs rotating ({})\nrotating log {}\n", log.reason, log.path);
        for (const auto& step : log.steps) {
            text += fmt::format("{}\n", step);
        }
        if (log.outcome == Outcome::rotated && !log.archives.empty()) {
            text += fmt::format("archive {}\n", log.archives.front());
        }
    }
    return text;
}

// logrotate calls these errors and ends with status 0 none the less; scripts look for them.
bool is_error_for_logrotate(std::string_view warning) {
    return warning.ends_with("-- ignoring line") || warning.starts_with(compressor_said);
}

std::string complaints_of(const RotationReport& report, const CommandLine& line) {
    std::string text = line.options.dry_run ? fmt::format("warning: {}\n\n", debug_warning) : "";
    for (const auto& warning : report.warnings) {
        text += fmt::format("{}: {}\n", is_error_for_logrotate(warning) ? "error" : "warning", warning);
    }
    for (const auto& error : report.errors) {
        text += fmt::format("error: {}\n", error);
    }
    return text;
}

// Into the file of -l, which is made anew, or to syslog. False when that cannot be written.
bool write_log(const std::string& file, const std::string& text) {
    if (file == "syslog") {
        for (size_t at = 0; at < text.size();) {
            const auto end = std::min(text.find('\n', at), text.size());
            const auto line = text.substr(at, end - at);
            if (!line.empty()) {
                syslog(line.starts_with("error: ") ? LOG_ERR : LOG_INFO, "%s", line.c_str());
            }
            at = end + 1;
        }
        return true;
    }
    FILE* const log = std::fopen(file.c_str(), "we");
    if (!log) {
        return false;
    }
    const bool is_written = std::fwrite(text.data(), 1, text.size(), log) == text.size();
    return std::fclose(log) == 0 && is_written;
}

int show_report(const RotationReport& report, const CommandLine& line) {
    const auto complaints = complaints_of(report, line);
    const auto verbose = verbose_text(report, line);
    fmt::print(stderr, "{}{}", line.is_verbose ? verbose : "", complaints);
    int status = report.has_failed() ? exit_failure : exit_well;
    if (!line.log_file.empty() && !write_log(line.log_file, verbose + complaints)) {
        fmt::print(stderr, "error: error opening log file {}\n", line.log_file);
        status = exit_failure;
    }
    return status;
}

int rotate_as_asked(const CommandLine& line) {
    const SystemClock clock;
    const auto report = rotate(line.options, clock);
    if (report) {
        return show_report(*report, line);
    }
    if (report.error().code == ErrorCode::conflict) {
        fmt::print(stderr,
                   "error: state file {} is already locked\nlogrotate does not support parallel execution on the same "
                   "set of logfiles.\n",
                   line.options.state_file);
        return exit_locked;
    }
    fmt::print(stderr, "error: {}\n", report.error().message);
    return exit_failure;
}

}  // namespace

int logrotate_main(const std::vector<std::string>& args) {
    const auto line = Reader(args).run();
    if (!line) {
        fmt::print(stderr, "logrotate: {}\n", line.error().message);
        return exit_usage;
    }
    switch (line->ask) {
        case Ask::help:
            fmt::print("{}", help_text);
            return exit_well;
        case Ask::usage:
            fmt::print("{}", usage_text);
            return exit_well;
        case Ask::version:
            fmt::print(stderr, "vigie-logrotate {}\n", VIGIE_VERSION);
            return exit_well;
        case Ask::rotation:
            break;
    }
    if (line->options.policy_files.empty()) {
        fmt::print(stderr, "vigie-logrotate {}\n\n{}", VIGIE_VERSION, usage_text);
        return exit_failure;
    }
    return rotate_as_asked(*line);
}

}  // namespace vigie::agent::logs
