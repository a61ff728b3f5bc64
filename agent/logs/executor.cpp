#include "agent/logs/executor.hpp"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>

#include "agent/logs/compressor.hpp"
#include "agent/logs/copy_truncate.hpp"
#include "agent/logs/private_copy.hpp"
#include "agent/logs/scripts.hpp"
#include "agent/logs/writers.hpp"

namespace vigie::agent::logs {
namespace {

bool is_script(StepKind kind) {
    return kind == StepKind::prerotate || kind == StepKind::postrotate;
}

// Before these end the log still stands where it stood, and the shifts can be taken back.
bool leaves_log_in_place(StepKind kind) {
    return kind == StepKind::shift || kind == StepKind::move || kind == StepKind::copy;
}

}  // namespace

Executor::Executor(const Unit& unit, std::vector<Progress> progress, bool is_resumed, Journal& journal,
                   const ExecutorLimits& limits)
    : unit_(unit),
      progress_(std::move(progress)),
      is_resumed_(is_resumed),
      journal_(journal),
      limits_(limits),
      folders_(unit.logs.size()),
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
    if (step.kind == StepKind::prerotate) {
        return std::all_of(is_stopped_.begin(), is_stopped_.end(), [](bool is_stopped) { return is_stopped; });
    }
    if (step.kind == StepKind::postrotate) {
        return std::none_of(outcomes_.begin(), outcomes_.end(),
                            [](const LogOutcome& outcome) { return outcome.is_rotated; });
    }
    return is_stopped_[step.log];
}

void Executor::open_folders() {
    for (size_t i = 0; i < unit_.logs.size(); ++i) {
        const auto& log = unit_.logs[i];
        auto folder = Folder::open(log.folder);
        if (folder && folder->device() == log.folder_device && folder->inode() == log.folder_inode) {
            folders_[i] = std::move(*folder);
            continue;
        }
        is_stopped_[i] = true;
        outcomes_[i].errors.push_back(folder ? fmt::format("{} was replaced during the rotation", log.folder)
                                             : folder.error().message);
    }
}

Result<void> Executor::execute(size_t index) {
    const auto& step = unit_.steps[index];
    const auto& log = unit_.logs[step.log];
    switch (step.kind) {
        case StepKind::prerotate:
        case StepKind::postrotate:
            return run_script(
                {fmt::format("{}: {}", unit_.place, name_of(step.kind)), step.script, step.first, step.second},
                limits_.script_timeout);
        case StepKind::shift:
        case StepKind::move:
            return rename(step);
        case StepKind::create:
            return create(step);
        case StepKind::copy:
            return copy_log(*folders_[step.log], log, step, limits_.pulse);
        case StepKind::truncate:
            return cut_log(*folders_[step.log], log, step, is_resumed_, limits_.pulse, outcomes_[step.log].warnings);
        case StepKind::compress:
            return compress(step);
        case StepKind::remove:
            return remove(step);
    }
    return {};
}

Result<void> Executor::rename(const Step& step) {
    const auto& folder = *folders_[step.log];
    VIGIE_TRY(const auto source, folder.facts(step.from));
    VIGIE_TRY(const auto target, folder.facts(step.to));
    if (source && source->inode == step.inode) {
        VIGIE_CHECK(folder.rename(step.from, step.to));
        limits_.pulse();
        return folder.sync();
    }
    if (target && target->inode == step.inode) {
        return folder.sync();  // done before the run was killed
    }
    return fail(ErrorCode::conflict, "{} was replaced during the rotation", folder.at(step.from));
}

Result<void> Executor::create(const Step& step) {
    const auto& folder = *folders_[step.log];
    VIGIE_TRY(const auto present, folder.facts(step.from));
    if (present) {
        return {};  // by the killed run, or by a writer that reopened its log at once
    }
    const auto made = make_file(folder, step.from, step.inode, {step.mode, step.uid, step.gid}, limits_.pulse,
                                [](int) { return Result<void>{}; });
    return !made && made.error().code == ErrorCode::exists ? Result<void>{} : made;
}

// A writer that never reopened its log goes on in the archive: compressing or removing it would lose lines.
Result<bool> Executor::is_still_written(const Step& step) {
    constexpr auto pause = 20ms;  // a daemon needs about as long to act on a signal
    VIGIE_TRY(const auto file, folders_[step.log]->open_file(step.from, O_RDONLY));
    for (auto left = limits_.writer_wait; has_writer(file.get()); left -= pause) {
        if (left <= 0ms) {
            return true;
        }
        poll(nullptr, 0, static_cast<int>(pause.count()));
    }
    return false;
}

Result<void> Executor::compress(const Step& step) {
    const auto& folder = *folders_[step.log];
    VIGIE_TRY(const auto source, folder.facts(step.from));
    if (source) {
        VIGIE_TRY(const bool is_written, is_still_written(step));
        if (is_written) {
            outcomes_[step.log].warnings.push_back(
                fmt::format("{}: not compressed, {} still writes to it: does postrotate make it reopen its log?",
                            folder.at(step.from), names_of(writers_of(source->device, source->inode))));
            return {};
        }
    }
    return compress_file(folder, step.from, step.to, limits_.pulse);
}

Result<void> Executor::remove(const Step& step) {
    const auto& folder = *folders_[step.log];
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
    VIGIE_CHECK(folder.remove(step.from));
    limits_.pulse();
    return folder.sync();
}

void Executor::note_done(const Step& step) {
    auto& outcome = outcomes_[step.log];
    if (step.kind == StepKind::move || step.kind == StepKind::copy) {
        outcome.archive = step.to;
    }
    if (step.kind == StepKind::move || step.kind == StepKind::truncate) {
        outcome.is_rotated = true;
    }
    if (step.from != outcome.archive || !folders_[step.log]) {
        return;
    }
    if (step.kind == StepKind::compress && folders_[step.log]->facts(step.to).value_or(std::nullopt)) {
        outcome.archive = step.to;
    } else if (step.kind == StepKind::remove && !folders_[step.log]->facts(step.from).value_or(std::nullopt)) {
        outcome.archive.clear();
    }
}

void Executor::note_failed(size_t index, Error error) {
    const auto& step = unit_.steps[index];
    if (is_script(step.kind)) {
        // Before the rotation a failing script forbids it. After it the archives stay as they are: the writer may not
        // have been told, and nothing may be compressed or removed under it.
        std::fill(is_stopped_.begin(), is_stopped_.end(), true);
        for (auto& outcome : outcomes_) {
            outcome.errors.push_back(error.message);
        }
        return;
    }
    outcomes_[step.log].errors.push_back(std::move(error.message));
    if (leaves_log_in_place(step.kind)) {
        undo_shifts(step.log);
    }
    // A log that could not be compressed is still kept and counted, so the removals behind it go on; so do the archives
    // when only the new log could not be made.
    is_stopped_[step.log] = is_stopped_[step.log] || leaves_log_in_place(step.kind) || step.kind == StepKind::truncate;
}

void Executor::undo_shifts(size_t log) {
    for (size_t i = unit_.steps.size(); i-- > 0;) {
        const auto& step = unit_.steps[i];
        if (step.log == log && step.kind == StepKind::shift && progress_[i] == Progress::done && folders_[log]) {
            const auto moved = folders_[log]->facts(step.to).value_or(std::nullopt);
            if (!moved || moved->inode != step.inode) {
                continue;  // taken back by the run that was interrupted
            }
            if (const auto undone = folders_[log]->rename(step.to, step.from); !undone) {
                outcomes_[log].errors.push_back(undone.error().message);
            }
        }
    }
}

}  // namespace vigie::agent::logs
