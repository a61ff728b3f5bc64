// One run from lock to report: finish what an earlier run left, then find, judge, plan, check, execute and record.
#include "agent/logs/commands.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <set>

#include "agent/logs/acting_user.hpp"
#include "agent/logs/archive_folders.hpp"
#include "agent/logs/archives.hpp"
#include "agent/logs/checker.hpp"
#include "agent/logs/executor.hpp"
#include "agent/logs/finder.hpp"
#include "agent/logs/journal.hpp"
#include "agent/logs/planner.hpp"
#include "agent/logs/policy_reader.hpp"
#include "agent/logs/private_copy.hpp"
#include "agent/logs/run_lock.hpp"
#include "agent/logs/state_file.hpp"
#include "shared/os/files.hpp"

namespace vigie::agent::logs {
namespace {

class Run {
  public:
    Run(const RotateOptions& options, const Clock& clock)
        : options_(options),
          journal_path_(options.state_file + ".journal"),
          keeps_state_(options.state_file != no_state_file),
          now_(clock.wall()),
          limits_{options.script_timeout, options.shows_script_output, options.writer_wait, options.pulse} {}

    Result<RotationReport> run() {
        VIGIE_CHECK(load_state());
        VIGIE_CHECK(finish_interrupted());
        const auto blocks = read_policies();
        const auto found = find_logs(blocks, known_logs());
        is_state_changed_ = forget_unused(state_, found, now_) || is_state_changed_;
        append(report_.warnings, found.warnings);
        append(report_.errors, found.errors);
        for (size_t i = 0; i < blocks.size(); ++i) {
            VIGIE_CHECK(rotate_block(blocks[i], i, found));
            VIGIE_CHECK(clear_gone(blocks[i], i, found));
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
        if (keeps_state_) {
            VIGIE_TRY(state_, read_state_file(files_, options_.state_file));
        }
        if (!options_.is_tolerant) {
            append(report_.warnings, state_.warnings);
        }
        for (const auto line : options_.is_tolerant ? state_.bad_lines : std::vector<int>{}) {
            report_.errors.push_back(
                fmt::format("bad line {} in state file {}: entry dropped", line, options_.state_file));
        }
        is_state_changed_ = !state_.warnings.empty();
        return {};
    }

    Result<void> save_state() {
        is_state_changed_ = false;
        if (keeps_state_) {
            VIGIE_CHECK(write_state_file(files_, options_.state_file, state_));
        }
        options_.pulse();
        return {};
    }

    Result<Journal> begin_journal(const Unit& unit) {
        return keeps_state_ ? Journal::begin(files_, journal_path_, unit) : Journal::none();
    }

    Result<void> finish_interrupted() {
        if (!keeps_state_) {
            return {};
        }
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
        PolicyReader reader(files_, options_.is_tolerant);
        for (const auto& path : options_.policy_files) {
            reader.read(path);
        }
        auto policies = reader.take();
        append(report_.warnings, policies.warnings);
        append(report_.errors, policies.errors);
        for (const auto& block : policies.blocks) {
            append(report_.notes, block.notes);
        }
        return std::move(policies.blocks);
    }

    std::set<std::string> known_logs() const {
        std::set<std::string> known;
        for (const auto& [path, time] : state_.last_rotated) {
            known.insert(path);
        }
        return known;
    }

    Result<void> rotate_block(const Block& block, size_t index, const Found& found) {
        const auto due = due_logs(block, index, found);
        if (block.sharedscripts && found.incomplete.contains(index)) {
            // One script for all: it would be told of logs that are not there. The error stands in the report already.
            for (const auto* log : due) {
                report_.logs.push_back(
                    {log->path, Outcome::failed, "a log of its block is missing", log->facts.size, {}, {}});
            }
            return {};
        }
        const auto tools = due.empty() ? Result<Tools>{} : resolve_tools(block, options_.mail_command);
        if (!tools) {
            for (const auto* log : due) {
                report_failure(*log, tools.error().message);
            }
            return {};
        }
        std::vector<LogPlan> plans;
        std::optional<PlannedLog> last;  // that was rotated
        for (size_t i = 0; i < due.size(); ++i) {
            if (refused_.contains(block.place())) {
                report_failure(*due[i], fmt::format("{}: firstaction failed", block.place()));
                continue;
            }
            auto plan = consider(block, *due[i], found.folders.at(due[i]->folder), *tools, plans);
            if (plan) {
                plans.push_back(std::move(*plan));
            }
            const PlaceInBlock place{!last, i + 1 == due.size()};
            if (!plans.empty() && (!block.sharedscripts || place.is_last)) {
                last = plans.back().log;
                VIGIE_CHECK(rotate_unit(block, std::exchange(plans, {}), *tools, place));
                if (place.is_last) {
                    return {};
                }
            }
        }
        if (due.empty() || (last && block.lastaction.empty())) {
            return {};
        }
        PlannedLog none;  // was rotated, and yet the block's scripts have their turn
        none.path = due[0]->path;
        none.folder = none.archive_folder = due[0]->folder;
        none.folder_device = none.archive_device = found.folders.at(none.folder).device;
        none.folder_inode = none.archive_inode = found.folders.at(none.folder).inode;
        return end_block(block, last.value_or(none), last.has_value());
    }

    // The last log that was due could not be rotated: what remains of the block's scripts follows by itself.
    Result<void> end_block(const Block& block, const PlannedLog& last, bool has_begun) {
        if (options_.dry_run || refused_.contains(block.place())) {
            return {};  // what was planned has shown it
        }
        Unit unit;
        unit.place = block.place();
        unit.at = now_;
        unit.logs.push_back(last);
        const auto add = [&](StepKind kind, const std::string& script) {
            if (!script.empty()) {
                auto& step = unit.steps.emplace_back();
                step.kind = kind;
                step.script = script;
                step.first = patterns_of(block);
            }
        };
        add(StepKind::firstaction, has_begun ? "" : block.firstaction);
        add(StepKind::lastaction, block.lastaction);
        if (unit.steps.empty()) {
            return {};
        }
        return execute_or_report(unit);
    }

    Result<void> clear_gone(const Block& block, size_t index, const Found& found) {
        for (const auto& log : found.gone) {
            if (log.block != index || resumed_.contains(log.path)) {
                continue;
            }
            const auto tools = resolve_tools(block, options_.mail_command);
            const auto elsewhere = tools ? archive_folders_.find(block, log) : fail(tools.error());
            if (!elsewhere) {
                report_failure(log, elsewhere.error().message);
                continue;
            }
            auto plan = plan_gone(block, log, found.folders.at(log.folder), now_, *elsewhere);
            if (plan.after_script.empty()) {
                continue;
            }
            Unit unit;
            unit.place = block.place();
            unit.at = now_;
            unit.tools = *tools;
            unit.logs.push_back(std::move(plan.log));
            unit.steps = std::move(plan.after_script);
            reasons_[log.path] = fmt::format("gone; archives older than {} days removed", *block.max_age_days);
            VIGIE_CHECK(execute_or_report(unit));
        }
        return {};
    }

    Result<void> execute_or_report(const Unit& unit) {
        if (options_.dry_run) {
            report_plan(unit);
            return {};
        }
        VIGIE_TRY(auto journal, begin_journal(unit));
        options_.pulse();
        return execute(unit, std::vector<Progress>(unit.steps.size(), Progress::open), journal, false, "");
    }

    void report_failure(const FoundLog& log, const std::string& message) {
        if (report_.errors.empty() || report_.errors.back() != message) {
            report_.errors.push_back(message);
        }
        report_.logs.push_back({log.path, Outcome::failed, message, log.facts.size, {}, {}});
    }

    // The block's logs that are due; the others get their entry in the report.
    std::vector<const FoundLog*> due_logs(const Block& block, size_t index, const Found& found) {
        std::vector<const FoundLog*> due;
        for (const auto& log : found.logs) {
            if (log.block != index || resumed_.contains(log.path)) {
                continue;
            }
            const auto known = state_.last_rotated.find(log.path);
            const auto last = known == state_.last_rotated.end() ? std::nullopt : std::optional(known->second);
            auto verdict = judge(block, log.facts, last, now_, options_.force);
            if (verdict.is_due && options_.is_tolerant && log.facts.links > 1 && !block.allowhardlink) {
                report_.warnings.push_back(
                    fmt::format("log {} has {} hard links -- skipping", log.path, log.facts.links));
                verdict = {false, "has hard links"};
            }
            if (verdict.is_due) {
                reasons_[log.path] = std::move(verdict.reason);
                due.push_back(&log);
                continue;
            }
            if (!last) {
                state_.last_rotated[log.path] = log.facts.since;
                is_state_changed_ = true;
            }
            report_.logs.push_back({log.path, Outcome::not_due, std::move(verdict.reason), log.facts.size, {}, {}});
        }
        return due;
    }

    // Planned and checked, or nullopt and an entry in the report.
    std::optional<LogPlan> consider(const Block& block, const FoundLog& log, const FoundFolder& folder,
                                    const Tools& tools, const std::vector<LogPlan>& others) {
        auto plan = plan_as_user(block, log, folder, tools, others);
        if (!plan) {
            report_failure(log, plan.error().message);
            return std::nullopt;
        }
        return std::move(*plan);
    }

    Result<LogPlan> plan_as_user(const Block& block, const FoundLog& log, const FoundFolder& folder, const Tools& tools,
                                 const std::vector<LogPlan>& others) {
        VIGIE_TRY(const auto created, resolve_new_log(block, log.facts));
        VIGIE_TRY(const auto* elsewhere, archive_folders_.find(block, log));
        VIGIE_TRY(auto plan, plan_log(block, log, folder, created, now_, elsewhere));
        const bool is_to_be_made = elsewhere && elsewhere->content.inode == 0;  // by a run that is no dry one
        if (!is_to_be_made) {
            VIGIE_TRY(const auto user, ActingUser::become(tools));
            VIGIE_CHECK(check(plan, others));
        }
        return plan;
    }

    static Result<void> check(const LogPlan& plan, const std::vector<LogPlan>& others) {
        VIGIE_TRY(const auto live, Folder::open(plan.log.folder));
        Bytes reserved;
        for (const auto& other : others) {
            reserved.count += other.log.archive_device == plan.log.archive_device ? other.log.size : 0;
        }
        if (plan.log.archive_folder == plan.log.folder) {
            return check_log(plan, {live, live}, reserved);
        }
        VIGIE_TRY(const auto archives, Folder::open(plan.log.archive_folder));
        return check_log(plan, {live, archives}, reserved);
    }

    Result<void> rotate_unit(const Block& block, std::vector<LogPlan> plans, const Tools& tools, PlaceInBlock place) {
        auto unit = plan_unit(block, std::move(plans), now_, place);
        unit.tools = tools;
        return execute_or_report(unit);
    }

    Result<void> execute(const Unit& unit, std::vector<Progress> progress, Journal& journal, bool is_resumed,
                         const std::string& reason) {
        VIGIE_TRY(const auto outcomes, Executor(unit, std::move(progress), is_resumed, journal, limits_).run());
        for (size_t i = 0; i < unit.logs.size(); ++i) {
            report_outcome(unit, i, outcomes[i], reason);
            if (outcomes[i].is_block_refused) {
                refused_.insert(unit.place);
            }
            if (is_resumed) {
                resumed_.insert(unit.logs[i].path);
            }
        }
        VIGIE_CHECK(save_state());
        VIGIE_CHECK(journal.finish(files_));
        options_.pulse();
        return {};
    }

    void report_outcome(const Unit& unit, size_t index, const LogOutcome& outcome, const std::string& reason) {
        const auto& log = unit.logs[index];
        if (outcome.is_rotated) {
            state_.last_rotated[log.path] = unit.at;
        }
        const bool is_gone = log.inode == 0;  // only its archives were seen to
        const auto well = is_gone ? Outcome::not_due : Outcome::rotated;
        LogReport entry{log.path, outcome.errors.empty() ? well : Outcome::failed, reason, log.size, {}, {}};
        if (reason.empty()) {
            entry.reason = reasons_[log.path];
        }
        if (!outcome.errors.empty()) {
            entry.reason = outcome.errors.front();
        }
        if (outcome.is_rotated && !outcome.archive.empty()) {
            entry.archives.push_back(join_path(log.archive_folder, outcome.archive));
        }
        describe_steps(unit, index, entry.steps);
        // A lastaction that stands alone follows logs that have their entries.
        if (std::any_of(unit.steps.begin(), unit.steps.end(), [](const Step& step) { return !is_script(step.kind); })) {
            report_.logs.push_back(std::move(entry));
        }
        append(report_.warnings, outcome.warnings);
        for (const auto& error : outcome.errors) {
            // A shared script fails once, whatever number of logs it stands for.
            if (report_.errors.empty() || report_.errors.back() != error) {
                report_.errors.push_back(error);
            }
        }
    }

    static void describe_steps(const Unit& unit, size_t log, std::vector<std::string>& lines) {
        for (const auto& step : unit.steps) {
            const bool is_for_all = is_script(step.kind) && step.kind != StepKind::preremove;
            if (!is_for_all && step.log != log) {
                continue;
            }
            const auto created = step.kind != StepKind::create
                                     ? std::string()
                                     : fmt::format(" mode = 0{:o} uid = {} gid = {}", step.mode, step.uid, step.gid);
            lines.push_back(fmt::format("{} {}{}{}{}", name_of(step.kind), step.from, step.to.empty() ? "" : " -> ",
                                        step.to, created));
        }
    }

    void report_plan(const Unit& unit) {
        for (size_t i = 0; i < unit.logs.size(); ++i) {
            const auto& log = unit.logs[i];
            LogReport entry{log.path, Outcome::planned, reasons_[log.path], log.size, {}, {}};
            describe_steps(unit, i, entry.steps);
            for (const auto& step : unit.steps) {
                if (step.log == i && is_making_archive(step.kind)) {
                    entry.archives.push_back(join_path(log.archive_folder, step.to));
                }
            }
            report_.logs.push_back(std::move(entry));
        }
    }

    const RotateOptions& options_;
    const std::string journal_path_;
    const bool keeps_state_;
    const WallTime now_;
    const ExecutorLimits limits_;
    SystemFiles files_;
    RotationState state_;
    bool is_state_changed_ = false;
    std::set<std::string> resumed_;  // paths: rotated by this run already
    std::set<std::string> refused_;  // places of blocks whose firstaction failed
    ArchiveFolders archive_folders_{options_.dry_run};
    std::map<std::string, std::string> reasons_;
    RotationReport report_;
};

}  // namespace

Result<RotationReport> rotate(const RotateOptions& options, const Clock& clock) {
    if (options.dry_run || options.state_file == no_state_file) {
        return Run(options, clock).run();
    }
    SystemFiles files;
    VIGIE_CHECK(files.make_directories(parent_of(options.state_file), 0755));
    if (options.skips_lock) {
        return Run(options, clock).run();
    }
    VIGIE_TRY(const auto lock, lock_run(options.state_file + ".lock", options.lock_wait));
    // logrotate itself locks the state file, but for one that anybody may read: anybody may lock that, too.
    if (files.is_present(options.state_file) && (access_of(options.state_file).mode & S_IROTH) == 0) {
        VIGIE_TRY(const auto theirs, lock_run(options.state_file, options.lock_wait));
        return Run(options, clock).run();
    }
    return Run(options, clock).run();
}

}  // namespace vigie::agent::logs
