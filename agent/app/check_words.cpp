// One child after the other on a loop of its own.
#include "agent/app/check_words.hpp"

#include <algorithm>

#include "shared/core/nearest.hpp"
#include "shared/os/clock.hpp"

namespace vigie::agent {
namespace {

Result<CheckResult> run_once(Loop& loop, const Check& check, const CheckRunnerOptions& options) {
    const SystemClock clock;
    const auto started = clock.mono();
    ChildExit exit;
    bool is_timed_out = false;
    VIGIE_TRY(const auto child, ChildProcess::start(loop, command_of(check, options), [&](ChildExit ended) {
                  exit = std::move(ended);
                  loop.stop();
              }));
    Timer timeout(loop, [&] {
        is_timed_out = true;
        child->end_group(options.kill_grace);
    });
    timeout.start_once(child_timeout(check));
    loop.run();
    return result_of(check, exit, is_timed_out, std::chrono::duration_cast<milliseconds>(clock.mono() - started));
}

std::string line_of(const Check& check, const CheckResult& result) {
    auto line = fmt::format("{}  {}  {} ({})\n", check.name, name_of(result.status), result.text,
                            format_duration(result.duration));
    for (const auto& value : result.values) {
        line += fmt::format("    {} {}{}\n", value.label, value.value, value.unit);
    }
    return line;
}

// Of critical and unknown the first is worse.
int badness(CheckStatus status) {
    return status == CheckStatus::critical ? 4 : static_cast<int>(status);
}

Error no_such_check(const AgentConfig& config, const std::string& name) {
    Words known;
    for (const auto& check : config.checks) {
        known.insert(check.name);
    }
    const auto near = nearest(name, known);
    return {ErrorCode::not_found, fmt::format("no check '{}' in the configuration{}", name,
                                              near.empty() ? "" : fmt::format(", did you mean '{}'?", near))};
}

// Each once, however often it is named.
Result<std::vector<const Check*>> checks_named(const AgentConfig& config, const std::vector<std::string>& names) {
    std::vector<const Check*> chosen;
    for (const auto& name : names) {
        const auto found = std::find_if(config.checks.begin(), config.checks.end(),
                                        [&name](const Check& check) { return check.name == name; });
        if (found == config.checks.end()) {
            return fail(no_such_check(config, name));
        }
        if (std::find(chosen.begin(), chosen.end(), &*found) == chosen.end()) {
            chosen.push_back(&*found);
        }
    }
    if (names.empty()) {
        for (const auto& check : config.checks) {
            chosen.push_back(&check);
        }
    }
    return chosen;
}

}  // namespace

Result<CheckStatus> run_checks(const AgentConfig& config, const std::string& worker,
                               const std::vector<std::string>& names, std::ostream& out) {
    VIGIE_TRY(const auto chosen, checks_named(config, names));
    VIGIE_TRY(const auto loop, Loop::open());
    CheckRunnerOptions options;
    options.worker = worker;
    auto worst = CheckStatus::ok;
    for (const auto* const check : chosen) {
        VIGIE_TRY(const auto result, run_once(*loop, *check, options));
        out << line_of(*check, result) << std::flush;
        worst = badness(result.status) > badness(worst) ? result.status : worst;
    }
    return worst;
}

}  // namespace vigie::agent
