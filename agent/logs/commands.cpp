// One run from lock to report: finish what an earlier run left, then find, judge, plan, check, execute and record.
#include "agent/logs/commands.hpp"

#include <set>

#include "agent/logs/archives.hpp"
#include "agent/logs/checker.hpp"
#include "agent/logs/executor.hpp"
#include "agent/logs/finder.hpp"
#include "agent/logs/journal.hpp"
#include "agent/logs/planner.hpp"
#include "agent/logs/policy_parser.hpp"
#include "agent/logs/run_lock.hpp"
#include "shared/os/files.hpp"

namespace vigie::agent::logs {
namespace {

constexpr Bytes state_bytes_max = 64_MiB;  // some 500,000 logs

class Run {
  public:
    Run(const RotateOptions& options, const Clock& clock)
        : options_(options),
          journal_path_(options.state_file + ".journal"),
          now_(clock.wall()),
          limits_{options.script_timeout, options.writer_wait, options.pulse} {}

    Result<RotationReport> run() {
        VIGIE_CHECK(load_state());
        VIGIE_CHECK(finish_interrupted());
        const auto blocks = read_policies();
        const auto found = find_logs(blocks, known_logs());
        append(report_.warnings, found.warnings);
        append(report_.errors, found.errors);
        for (size_t i = 0; i < blocks.size(); ++i) {
            VIGIE_CHECK(rotate_block(blocks[i], i, found));
        }
        if (!options_.dry_run && is_state_changed_) {
            VIGIE_CHECK(save_state());
        }
        return std::move(report_);
    }

  private:
    static void append(std::vector<std::string>& to, const std::vector<std::string>& from) {
        to.insert(to.end(), from.begin(), from.end());
    }

    Result<void> load_state() {
        if (files_.is_present(options_.state_file)) {
            VIGIE_TRY(const auto text, files_.read(options_.state_file, state_bytes_max));
            if (!text.empty()) {
                VIGIE_TRY(state_, parse_state(text, options_.state_file));
            }
        }
        append(report_.warnings, state_.warnings);
        is_state_changed_ = !state_.warnings.empty();
        return {};
    }

    Result<void> save_state() {
        is_state_changed_ = false;
        VIGIE_CHECK(files_.write_atomically(options_.state_file, write_state(state_), 0640));
        options_.pulse();
        return {};
    }

    Result<void> finish_interrupted() {
        VIGIE_TRY(const auto interrupted, Journal::load(files_, journal_path_));
        if (!interrupted) {
            return {};
        }
        if (options_.dry_run) {
            report_.warnings.push_back("an earlier run was interrupted; the next run finishes it first");
            return {};
        }
        report_.warnings.push_back(
            fmt::format("{}: finished a rotation that was interrupted", interrupted->unit.place));
        VIGIE_TRY(auto journal, Journal::reopen(files_, journal_path_));
        return execute(interrupted->unit, interrupted->progress, journal, true, "resumed");
    }

    std::vector<Block> read_policies() {
        std::vector<Block> blocks;
        for (const auto& path : options_.policy_files) {
            const auto text = files_.read(path, config_file_bytes_max);
            const auto read = text ? parse_policy(*text, path) : fail(text.error());
            if (read && read->empty()) {
                report_.warnings.push_back(fmt::format("{}: names no logs", path));
            }
            if (read) {
                blocks.insert(blocks.end(), read->begin(), read->end());
            } else {
                report_.errors.push_back(read.error().message);
            }
        }
        return blocks;
    }

    std::set<std::string> known_logs() const {
        std::set<std::string> known;
        for (const auto& [path, time] : state_.last_rotated) {
            known.insert(path);
        }
        return known;
    }

    Result<void> rotate_block(const Block& block, size_t index, const Found& found) {
        std::vector<LogPlan> plans;
        for (const auto& log : found.logs) {
            if (log.block != index || resumed_.contains(log.path)) {
                continue;
            }
            auto plan = consider(block, log, found.folders.at(log.folder), plans);
            if (!plan) {
                continue;
            }
            plans.push_back(std::move(*plan));
            if (!block.sharedscripts) {
                VIGIE_CHECK(rotate_unit(block, std::exchange(plans, {})));
            }
        }
        return plans.empty() ? Result<void>{} : rotate_unit(block, std::move(plans));
    }

    // Due, planned and checked, or nullopt and an entry in the report.
    std::optional<LogPlan> consider(const Block& block, const FoundLog& log, const FoundFolder& folder,
                                    const std::vector<LogPlan>& others) {
        const auto known = state_.last_rotated.find(log.path);
        const auto last = known == state_.last_rotated.end() ? std::nullopt : std::optional(known->second);
        auto verdict = judge(block, log.facts, last, now_, options_.force);
        if (!verdict.is_due) {
            if (!last) {
                state_.last_rotated[log.path] = log.facts.since;
                is_state_changed_ = true;
            }
            report_.logs.push_back({log.path, Outcome::not_due, std::move(verdict.reason), log.facts.size, {}, {}});
            return std::nullopt;
        }
        const auto created = resolve_new_log(block, log.facts);
        auto plan = created ? plan_log(block, log, folder, *created, now_) : fail(created.error());
        if (auto checked = plan ? check(*plan, others) : fail(plan.error()); !checked) {
            report_.errors.push_back(checked.error().message);
            report_.logs.push_back({log.path, Outcome::failed, checked.error().message, log.facts.size, {}, {}});
            return std::nullopt;
        }
        reasons_[log.path] = std::move(verdict.reason);
        return std::move(*plan);
    }

    static Result<void> check(const LogPlan& plan, const std::vector<LogPlan>& others) {
        VIGIE_TRY(const auto folder, Folder::open(plan.log.folder));
        Bytes reserved;
        for (const auto& other : others) {
            reserved.count += other.log.device == plan.log.device ? other.log.size : 0;
        }
        return check_log(plan, folder, reserved);
    }

    Result<void> rotate_unit(const Block& block, std::vector<LogPlan> plans) {
        const auto unit = plan_unit(block, std::move(plans), now_);
        if (options_.dry_run) {
            report_plan(unit);
            return {};
        }
        VIGIE_TRY(auto journal, Journal::begin(files_, journal_path_, unit));
        options_.pulse();
        return execute(unit, std::vector<Progress>(unit.steps.size(), Progress::open), journal, false, "");
    }

    Result<void> execute(const Unit& unit, std::vector<Progress> progress, Journal& journal, bool is_resumed,
                         const std::string& reason) {
        VIGIE_TRY(const auto outcomes, Executor(unit, std::move(progress), is_resumed, journal, limits_).run());
        for (size_t i = 0; i < unit.logs.size(); ++i) {
            report_outcome(unit, unit.logs[i], outcomes[i], reason);
            if (is_resumed) {
                resumed_.insert(unit.logs[i].path);
            }
        }
        VIGIE_CHECK(save_state());
        VIGIE_CHECK(journal.finish(files_));
        options_.pulse();
        return {};
    }

    void report_outcome(const Unit& unit, const PlannedLog& log, const LogOutcome& outcome, const std::string& reason) {
        if (outcome.is_rotated) {
            state_.last_rotated[log.path] = unit.at;
        }
        LogReport entry{log.path, outcome.errors.empty() ? Outcome::rotated : Outcome::failed, reason, log.size, {},
                        {}};
        if (reason.empty()) {
            entry.reason = reasons_[log.path];
        }
        if (!outcome.errors.empty()) {
            entry.reason = outcome.errors.front();
        }
        if (outcome.is_rotated && !outcome.archive.empty()) {
            entry.archives.push_back(join_path(log.folder, outcome.archive));
        }
        report_.logs.push_back(std::move(entry));
        append(report_.warnings, outcome.warnings);
        for (const auto& error : outcome.errors) {
            // A shared script fails once, whatever number of logs it stands for.
            if (report_.errors.empty() || report_.errors.back() != error) {
                report_.errors.push_back(error);
            }
        }
    }

    void report_plan(const Unit& unit) {
        for (size_t i = 0; i < unit.logs.size(); ++i) {
            const auto& log = unit.logs[i];
            LogReport entry{log.path, Outcome::planned, reasons_[log.path], log.size, {}, {}};
            for (const auto& step : unit.steps) {
                const bool is_script = step.kind == StepKind::prerotate || step.kind == StepKind::postrotate;
                if (is_script || step.log == i) {
                    entry.steps.push_back(fmt::format("{} {}{}{}", name_of(step.kind), step.from,
                                                      step.to.empty() ? "" : " -> ", step.to));
                }
                if (step.log == i && (step.kind == StepKind::move || step.kind == StepKind::copy)) {
                    entry.archives.push_back(join_path(log.folder, step.to));
                }
            }
            report_.logs.push_back(std::move(entry));
        }
    }

    const RotateOptions& options_;
    const std::string journal_path_;
    const WallTime now_;
    const ExecutorLimits limits_;
    SystemFiles files_;
    RotationState state_;
    bool is_state_changed_ = false;
    std::set<std::string> resumed_;  // paths: rotated by this run already
    std::map<std::string, std::string> reasons_;
    RotationReport report_;
};

}  // namespace

Result<RotationReport> rotate(const RotateOptions& options, const Clock& clock) {
    if (options.dry_run) {
        return Run(options, clock).run();
    }
    SystemFiles files;
    VIGIE_CHECK(files.make_directories(parent_of(options.state_file), 0755));
    VIGIE_TRY(const auto lock, lock_run(options.state_file + ".lock", options.lock_wait));
    return Run(options, clock).run();
}

}  // namespace vigie::agent::logs
