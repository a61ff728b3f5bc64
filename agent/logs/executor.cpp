#include "agent/logs/executor.hpp"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>

#include "agent/logs/acting_user.hpp"
#include "agent/logs/compressor.hpp"
#include "agent/logs/filters.hpp"
#include "agent/logs/private_copy.hpp"
#include "agent/logs/scripts.hpp"
#include "agent/logs/writers.hpp"

namespace vigie::agent::logs {
namespace {

// Before these end the log still stands where it stood, and the shifts can be taken back.
bool leaves_log_in_place(StepKind kind) {
    return kind == StepKind::shift || kind == StepKind::move || kind == StepKind::copy || kind == StepKind::snapshot ||
           kind == StepKind::hold;
}

}  // namespace

Executor::Executor(const Unit& unit, std::vector<Progress> progress, bool is_resumed, Journal& journal,
                   const ExecutorLimits& limits)
    : unit_(unit),
      progress_(std::move(progress)),
      is_resumed_(is_resumed),
      journal_(journal),
      limits_(limits),
      live_(unit.logs.size()),
      archives_(unit.logs.size()),
      outcomes_(unit.logs.size()),
      is_stopped_(unit.logs.size(), false) {}

Result<std::vector<LogOutcome>> Executor::run() {
    open_folders();
    for (size_t i = 0; i < unit_.steps.size(); ++i) {
        const auto& step = unit_.steps[i];
        if (progress_[i] == Progress::done) {
            note_done(step);
            continue;
        }
        if (progress_[i] == Progress::failed) {
            note_failed(i, Error{ErrorCode::io,
                                 fmt::format("{} failed in a run that was interrupted later", name_of(step.kind))});
            continue;
        }
        if (is_idle(step)) {
            continue;
        }
        auto executed = execute(i);
        VIGIE_CHECK(journal_.mark(i, executed ? Progress::done : Progress::failed));
        limits_.pulse();
        progress_[i] = executed ? Progress::done : Progress::failed;
        if (executed) {
            note_done(step);
        } else {
            note_failed(i, std::move(executed.error()));
        }
    }
    return std::move(outcomes_);
}

// A script of several logs runs while there is one that it can serve.
bool Executor::is_idle(const Step& step) const {
    switch (step.kind) {
        case StepKind::prerotate:
            return std::all_of(is_stopped_.begin(), is_stopped_.end(), [](bool is_stopped) { return is_stopped; });
        case StepKind::postrotate:
            return std::none_of(outcomes_.begin(), outcomes_.end(),
                                [](const LogOutcome& outcome) { return outcome.is_rotated; });
        case StepKind::firstaction:
            return false;
        case StepKind::lastaction:
            return outcomes_.at(0).is_block_refused;
        case StepKind::store:
            return !outcomes_[step.log].is_rotated ||
                   !live_[step.log];  // also behind a failed script: the log must not stay LOG.tmp
        default:
            return is_stopped_[step.log];
    }
}

namespace {
Result<Folder> open_same(const std::string& path, uint64_t device, uint64_t inode) {
    VIGIE_TRY(auto folder, Folder::open(path));
    if (folder.device() != device || folder.inode() != inode) {
        return fail(ErrorCode::conflict, "{} was replaced during the rotation", path);
    }
    return folder;
}
}  // namespace

void Executor::open_folders() {
    for (size_t i = 0; i < unit_.logs.size(); ++i) {
        const auto& log = unit_.logs[i];
        auto live = open_same(log.folder, log.folder_device, log.folder_inode);
        auto archives = open_same(log.archive_folder, log.archive_device, log.archive_inode);
        if (live && archives) {
            live_[i] = std::move(*live);
            archives_[i] = std::move(*archives);
            continue;
        }
        is_stopped_[i] = true;
        outcomes_[i].errors.push_back((live ? archives.error() : live.error()).message);
    }
}

const Folder& Executor::source(const Step& step) const {
    return is_from_archives(step.kind) ? *archives_[step.log] : *live_[step.log];
}
const Folder& Executor::target(const Step& step) const {
    return is_to_archives(step.kind) ? *archives_[step.log] : *live_[step.log];
}

// logrotate's words for a script that fails.
std::string Executor::failure_of(const Step& step) const {
    const bool is_of_log = step.kind == StepKind::prerotate || step.kind == StepKind::postrotate;
    return fmt::format("error running {}{} script for {}",
                       !is_of_log        ? ""
                       : unit_.is_shared ? "shared "
                                         : "non-shared ",
                       name_of(step.kind), step.first);
}

// Scripts run as whoever runs this program; files are touched as the user of `su`.
Result<void> Executor::execute(size_t index) {
    const auto& step = unit_.steps[index];
    if (is_script(step.kind)) {
        const auto ended = run_script(
            {std::string(name_of(step.kind)), step.script, step.first, step.second, limits_.shows_script_output},
            limits_.script_timeout);
        return ended ? ended : fail(ended.error().at(fmt::format("{}: {}", unit_.place, failure_of(step))));
    }
    VIGIE_TRY(const auto user, ActingUser::become(unit_.tools));
    return touch(index);
}

Result<void> Executor::touch(size_t index) {
    const auto& step = unit_.steps[index];
    const auto& log = unit_.logs[step.log];
    switch (step.kind) {
        case StepKind::shift:
        case StepKind::move:
        case StepKind::hold:
            return rename(step);
        case StepKind::create:
            return create(step);
        case StepKind::copy:
            return copy_log(folders(step), log, step, limits_.pulse);
        case StepKind::snapshot:
            return snapshot_log(folders(step), log, step, limits_.pulse);
        case StepKind::truncate:
            return cut_log(folders(step), log, step, is_resumed_, limits_.pulse, outcomes_[step.log].warnings);
        case StepKind::store:
            return store(step);
        case StepKind::compress:
            return compress(step);
        case StepKind::mail:
            return mail(step);
        case StepKind::remove:
            return remove(step);
        case StepKind::prerotate:
        case StepKind::postrotate:
        case StepKind::preremove:
        case StepKind::firstaction:
        case StepKind::lastaction:
            break;
    }
    return {};
}

Result<void> Executor::rename(const Step& step) {
    const auto& from = source(step);
    const auto& to = target(step);
    VIGIE_TRY(const auto before, from.facts(step.from));
    VIGIE_TRY(const auto after, to.facts(step.to));
    const auto sync = [&]() -> Result<void> {
        VIGIE_CHECK(to.sync());
        return to.inode() == from.inode() ? Result<void>{} : from.sync();
    };
    if (before && before->inode == step.inode) {
        VIGIE_CHECK(from.move(step.from, to, step.to));
        limits_.pulse();
        return sync();
    }
    if (after && after->inode == step.inode) {
        return sync();  // done before the run was killed
    }
    return fail(ErrorCode::conflict, "{} was replaced during the rotation", from.at(step.from));
}

Result<void> Executor::create(const Step& step) {
    const auto& folder = *live_[step.log];
    VIGIE_TRY(const auto present, folder.facts(step.from));
    if (present) {
        return {};  // by the killed run, or by a writer that reopened its log at once
    }
    Fd old;  // for its ACL, wherever it has gone; without one the mode must do
    if (!step.first.empty()) {
        auto moved = archives_[step.log]->open_file(step.first, O_RDONLY);
        auto held = moved ? std::move(moved) : folder.open_file(step.first, O_RDONLY);
        old = held ? std::move(*held) : Fd();
    }
    const auto made = make_file(folder, step.from, step.inode, {step.mode, step.uid, step.gid, old.get()},
                                limits_.pulse, [](int) { return Result<void>{}; });
    return !made && made.error().code == ErrorCode::exists ? Result<void>{} : made;
}

// A writer that never reopened its log goes on in the archive: compressing or removing it would lose lines.
Result<bool> Executor::is_still_written(const Step& step) {
    constexpr auto pause = 20ms;  // a daemon needs about as long to act on a signal
    VIGIE_TRY(const auto file, source(step).open_file(step.from, O_RDONLY));
    for (auto left = limits_.writer_wait; has_writer(file.get()); left -= pause) {
        if (left <= 0ms) {
            return true;
        }
        poll(nullptr, 0, static_cast<int>(pause.count()));
    }
    return false;
}

Result<void> Executor::compress(const Step& step) {
    const auto& folder = *archives_[step.log];
    VIGIE_TRY(const auto present, folder.facts(step.from));
    if (present) {
        VIGIE_TRY(const bool is_written, is_still_written(step));
        if (is_written) {
            outcomes_[step.log].warnings.push_back(
                fmt::format("{}: not compressed, {} still writes to it: does postrotate make it reopen its log?",
                            folder.at(step.from), names_of(writers_of(present->device, present->inode))));
            return {};
        }
    }
    VIGIE_TRY(const auto said, compress_file(folder, step.from, step.to, unit_.tools, limits_.pulse));
    if (!said.empty()) {
        outcomes_[step.log].warnings.push_back(
            fmt::format("{} when compressing log {}: {}", compressor_said, folder.at(step.from), said));
    }
    return {};
}

Result<void> Executor::store(const Step& step) {
    const auto& folder = *live_[step.log];
    VIGIE_TRY(const auto held, folder.facts(step.from));
    if (held) {
        VIGIE_TRY(const bool is_written, is_still_written(step));
        if (is_written) {
            return fail(ErrorCode::conflict, "{} stays: {} still writes to it: does postrotate make it reopen its log?",
                        folder.at(step.from), names_of(writers_of(held->device, held->inode)));
        }
    }
    return store_log(folders(step), unit_.logs[step.log], step, limits_.pulse);
}

// logrotate's call of the mailer: -s SUBJECT ADDRESS, the log on standard input.
Result<void> Executor::mail(const Step& step) {
    const auto& folder = *archives_[step.log];
    VIGIE_TRY(const auto present, folder.facts(step.from));
    if (!present || (step.inode != 0 && present->inode != step.inode)) {
        return {};
    }
    VIGIE_TRY(const auto file, folder.open_file(step.from, O_RDONLY));
    const Fd nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    std::vector<Words> programs;
    if (!step.script.empty()) {
        programs.push_back(split_at_spaces(step.script));
    }
    programs.push_back({unit_.tools.mail_command, "-s", step.first, unit_.tools.mail_address});
    const auto sent = run_filters(programs, file.get(), nowhere.get(), unit_.tools);
    return sent ? Result<void>{} : fail(sent.error().at("mail " + folder.at(step.from)));
}

// shred(1) overwrites its standard output, which cannot become another file meanwhile.
Result<void> Executor::shred(const std::string& name, const Folder& folder) {
    VIGIE_TRY(const auto file, folder.open_file(name, O_WRONLY));
    const Fd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    Words words{"shred"};
    if (unit_.tools.shred_cycles > 0) {
        words.insert(words.end(), {"-n", std::to_string(unit_.tools.shred_cycles)});
    }
    words.emplace_back("-");
    const auto shredded = run_filters({words}, nothing.get(), file.get(), unit_.tools);
    return shredded ? Result<void>{} : fail(shredded.error().at("shred " + folder.at(name)));
}

Result<void> Executor::remove(const Step& step) {
    const auto& folder = *archives_[step.log];
    VIGIE_TRY(const auto present, folder.facts(step.from));
    if (!present || (step.inode != 0 && present->inode != step.inode)) {
        return {};
    }
    VIGIE_TRY(const bool is_written, is_still_written(step));
    if (is_written) {
        outcomes_[step.log].warnings.push_back(fmt::format("{}: not removed, {} still writes to it",
                                                           folder.at(step.from),
                                                           names_of(writers_of(present->device, present->inode))));
        return {};
    }
    if (unit_.tools.shreds) {
        VIGIE_CHECK(shred(step.from, folder));
    }
    VIGIE_CHECK(folder.remove(step.from));
    limits_.pulse();
    return folder.sync();
}

void Executor::note_done(const Step& step) {
    auto& outcome = outcomes_[step.log];
    if (is_script(step.kind)) {
        return;
    }
    if (is_making_archive(step.kind)) {
        outcome.archive = step.to;
    }
    if (step.kind == StepKind::move || step.kind == StepKind::snapshot || step.kind == StepKind::hold ||
        step.kind == StepKind::truncate) {
        outcome.is_rotated = true;
    }
    if (step.from != outcome.archive || !archives_[step.log]) {
        return;
    }
    if (step.kind == StepKind::compress && archives_[step.log]->facts(step.to).value_or(std::nullopt)) {
        outcome.archive = step.to;
    } else if (step.kind == StepKind::remove && !archives_[step.log]->facts(step.from).value_or(std::nullopt)) {
        outcome.archive.clear();
    }
}

void Executor::note_failed(size_t index, Error error) {
    const auto& step = unit_.steps[index];
    if (is_script(step.kind) && step.kind != StepKind::preremove) {
        // Before the rotation a failing script forbids it. After it the archives stay as they are: the writer may not
        // have been told, and nothing may be compressed or removed under it.
        std::fill(is_stopped_.begin(), is_stopped_.end(), true);
        for (auto& outcome : outcomes_) {
            outcome.errors.push_back(error.message);
            outcome.is_block_refused = outcome.is_block_refused || step.kind == StepKind::firstaction;
        }
        return;
    }
    outcomes_[step.log].errors.push_back(std::move(error.message));
    if (leaves_log_in_place(step.kind)) {
        undo_shifts(step.log);
    }
    // A log that could not be compressed is still kept and counted, so the removals behind it go on; so do the archives
    // when only the new log could not be made.
    // What was to be mailed or shown to preremove first is not removed.
    is_stopped_[step.log] = is_stopped_[step.log] || leaves_log_in_place(step.kind) ||
                            step.kind == StepKind::truncate || step.kind == StepKind::store ||
                            step.kind == StepKind::mail || step.kind == StepKind::preremove;
}

void Executor::undo_shifts(size_t log) {
    for (size_t i = unit_.steps.size(); i-- > 0;) {
        const auto& step = unit_.steps[i];
        if (step.log == log && step.kind == StepKind::shift && progress_[i] == Progress::done && archives_[log]) {
            const auto moved = archives_[log]->facts(step.to).value_or(std::nullopt);
            if (!moved || moved->inode != step.inode) {
                continue;  // taken back by the run that was interrupted
            }
            if (const auto undone = archives_[log]->rename(step.to, step.from); !undone) {
                outcomes_[log].errors.push_back(undone.error().message);
            }
        }
    }
}

}  // namespace vigie::agent::logs
