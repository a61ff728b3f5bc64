// When to rotate, and the order of renames.
#include "agent/logs/planner.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <tuple>

#include "agent/logs/archives.hpp"
#include "shared/core/units.hpp"
#include "shared/os/files.hpp"

namespace vigie::agent::logs {
namespace {

// With maxsize a run can rotate late in the evening; a daily rotation minutes later, at the change of date, would make
// an archive of nothing. Half a day keeps one rotation a day for a timer that runs daily.
constexpr auto daily_gap_min = 12h;
// logrotate's own tolerance for clocks and time zones before it distrusts a date in the future.
constexpr auto future_max = 25h;

int64_t local_day(WallTime time) {
    const auto at = static_cast<time_t>(std::chrono::floor<seconds>(time.time_since_epoch()).count());
    std::tm local{};
    localtime_r(&at, &local);
    return (local.tm_year * 400LL) + local.tm_yday;
}

Verdict judge_day(const Block& block, const FileFacts& log, std::optional<WallTime> last, WallTime now) {
    const auto since = last.value_or(log.since);
    if (since > now + future_max) {
        return {true, "its last rotation lies in the future"};
    }
    if (local_day(since) >= local_day(now)) {
        return {false, last ? "already rotated today" : "first seen, not a day old"};
    }
    if (block.max_bytes && last && now - since < daily_gap_min) {
        return {false, "rotated less than 12 hours ago"};
    }
    return {true, "a day has passed"};
}

Verdict judge_criterion(const Block& block, const FileFacts& log, std::optional<WallTime> last, WallTime now) {
    if (block.max_bytes && log.size > *block.max_bytes) {
        return {true, fmt::format("larger than maxsize {}", format_bytes(Bytes{*block.max_bytes}))};
    }
    auto verdict = block.criterion == Criterion::daily
                       ? judge_day(block, log, last, now)
                       : Verdict{log.size >= block.size_bytes, fmt::format("{} of {}", format_bytes(Bytes{log.size}),
                                                                           format_bytes(Bytes{block.size_bytes}))};
    if (verdict.is_due && block.min_bytes && log.size < *block.min_bytes) {
        return {false, fmt::format("smaller than minsize {}", format_bytes(Bytes{*block.min_bytes}))};
    }
    return verdict;
}

}  // namespace

Verdict judge(const Block& block, const FileFacts& log, std::optional<WallTime> last, WallTime now, bool force) {
    auto verdict = force ? Verdict{true, "forced"} : judge_criterion(block, log, last, now);
    if (verdict.is_due && block.notifempty && log.size == 0) {
        return {false, "empty"};
    }
    return verdict;
}

namespace {

struct Archive {
    std::string name;
    int64_t order = 0;
    bool is_compressed = false;
    uint64_t inode = 0;
};

Step file_step(StepKind kind, std::string from, std::string to, uint64_t inode) {
    Step step;
    step.kind = kind;
    step.from = std::move(from);
    step.to = std::move(to);
    step.inode = inode;
    return step;
}

// The chain LOG.1, LOG.2 … in either form: all numbers up to `keep`, and those behind it without a gap (what a failing
// script left). A far larger number is somebody else's file.
std::vector<Archive> numbered_chain(const Block& block, const std::string& log, const Listing& listing) {
    std::vector<Archive> all;
    for (auto entry = listing.lower_bound(log); entry != listing.end() && entry->first.starts_with(log); ++entry) {
        if (const auto archive = read_numbered(log, entry->first)) {
            all.push_back({entry->first, archive->order, archive->is_compressed, entry->second.inode});
        }
    }
    std::sort(all.begin(), all.end(), [](const Archive& a, const Archive& b) {
        return std::tie(a.order, a.is_compressed) < std::tie(b.order, b.is_compressed);
    });
    int64_t last = std::max(block.keep, 0);
    const auto is_behind = [&](const Archive& archive) { return archive.order > last + 1; };
    auto end = all.begin();
    for (; end != all.end() && !is_behind(*end); ++end) {
        last = std::max(last, end->order);
    }
    all.erase(end, all.end());
    return all;
}

std::vector<Archive> dated_archives(const Block& block, const std::string& log, const Listing& listing) {
    std::vector<Archive> all;
    for (auto entry = listing.lower_bound(log); entry != listing.end() && entry->first.starts_with(log); ++entry) {
        const auto archive = read_dated(log, block.date_format, entry->first);
        if (archive && entry->second.is_regular) {
            all.push_back({entry->first, archive->order, archive->is_compressed, entry->second.inode});
        }
    }
    std::sort(all.begin(), all.end(), [](const Archive& a, const Archive& b) { return a.order > b.order; });
    // Ranks in place of dates: the archive of this run will be number 1. Both forms of one date share a rank.
    int64_t rank = 1;
    int64_t date = 0;
    for (auto& archive : all) {
        rank += archive.order != date || rank == 1 ? 1 : 0;
        date = std::exchange(archive.order, rank);
    }
    return all;
}

// Moves the chain up by one, newest last, and gives the archives as they will be, newest first.
std::vector<Archive> plan_shift(const std::string& log, std::vector<Archive> chain, std::vector<Step>& steps) {
    for (auto archive = chain.rbegin(); archive != chain.rend(); ++archive) {
        auto to = numbered_name(log, ++archive->order, archive->is_compressed);
        steps.push_back(file_step(StepKind::shift, archive->name, to, archive->inode));
        archive->name = std::move(to);
    }
    return chain;
}

// What to compress and what to remove, by number: a gap is a generation that is already gone.
void plan_archives(const Block& block, const std::vector<Archive>& chain, std::vector<Step>& steps) {
    for (const auto& archive : chain) {
        const auto has_twin = std::count_if(chain.begin(), chain.end(),
                                            [&](const Archive& other) { return other.order == archive.order; }) > 1;
        if (block.keep != keep_all && archive.order > block.keep) {
            steps.push_back(file_step(StepKind::remove, archive.name, "", archive.inode));
        } else if (block.compress && !archive.is_compressed && archive.order > (block.delaycompress ? 1 : 0) &&
                   !has_twin) {
            steps.push_back(file_step(StepKind::compress, archive.name, archive.name + std::string(compressed_suffix),
                                      archive.inode));
        }
    }
}

void plan_live_log(const Block& block, const FoundLog& log, const NewLog& created, const std::string& archive,
                   std::vector<Step>& steps) {
    if (block.copytruncate) {
        steps.push_back(file_step(StepKind::copy, log.name, archive, log.facts.inode));
        steps.push_back(file_step(StepKind::truncate, log.name, archive, log.facts.inode));
        return;
    }
    steps.push_back(file_step(StepKind::move, log.name, archive, log.facts.inode));
    if (block.create) {
        auto step = file_step(StepKind::create, log.name, "", log.facts.inode);
        step.mode = created.mode;
        step.uid = created.uid;
        step.gid = created.gid;
        steps.push_back(std::move(step));
    }
}

}  // namespace

Result<LogPlan> plan_log(const Block& block, const FoundLog& log, const FoundFolder& folder, const NewLog& created,
                         WallTime now) {
    LogPlan plan;
    plan.log = {log.path,     log.folder,       log.name,        folder.device,
                folder.inode, log.facts.device, log.facts.inode, log.facts.size};
    // The archive of a move keeps the log's inode; that of a copy is a new file.
    const auto new_inode = block.copytruncate ? 0 : log.facts.inode;
    if (block.dateext) {
        plan.archive = log.name + dated_suffix(block.date_format, now);
        const auto taken = plan.archive + std::string(compressed_suffix);
        if (folder.listing.contains(plan.archive) || folder.listing.contains(taken)) {
            return fail(ErrorCode::conflict, "{}: {}: its archive {} exists already: not rotated", block.place(),
                        log.path, plan.archive);
        }
        auto archives = dated_archives(block, log.name, folder.listing);
        archives.insert(archives.begin(), Archive{plan.archive, 1, false, new_inode});
        plan_live_log(block, log, created, plan.archive, plan.before_script);
        plan_archives(block, archives, plan.after_script);
        return plan;
    }
    auto chain = plan_shift(log.name, numbered_chain(block, log.name, folder.listing), plan.before_script);
    plan.archive = numbered_name(log.name, 1, false);
    chain.insert(chain.begin(), Archive{plan.archive, 1, false, new_inode});
    plan_live_log(block, log, created, plan.archive, plan.before_script);
    plan_archives(block, chain, plan.after_script);
    return plan;
}

namespace {
Step script_step(StepKind kind, const std::string& text, std::string first, std::string second) {
    Step step;
    step.kind = kind;
    step.script = text;
    step.first = std::move(first);
    step.second = std::move(second);
    return step;
}
}  // namespace

Unit plan_unit(const Block& block, std::vector<LogPlan> logs, WallTime now) {
    Unit unit;
    unit.place = block.place();
    unit.at = now;
    unit.is_shared = block.sharedscripts;
    // A shared script gets the patterns, one of a single log the log and its archive; so does logrotate.
    const auto first = unit.is_shared ? fmt::format("{}", fmt::join(block.patterns, " ")) : logs.at(0).log.path;
    const auto second = unit.is_shared ? std::string() : join_path(logs.at(0).log.folder, logs.at(0).archive);
    const auto add = [&](std::vector<Step>& steps, size_t log) {
        for (auto& step : steps) {
            step.log = log;
            unit.steps.push_back(std::move(step));
        }
    };
    if (!block.prerotate.empty()) {
        unit.steps.push_back(script_step(StepKind::prerotate, block.prerotate, first, second));
    }
    for (size_t i = 0; i < logs.size(); ++i) {
        unit.logs.push_back(logs[i].log);
        add(logs[i].before_script, i);
    }
    if (!block.postrotate.empty()) {
        unit.steps.push_back(script_step(StepKind::postrotate, block.postrotate, first, second));
    }
    for (size_t i = 0; i < logs.size(); ++i) {
        add(logs[i].after_script, i);
    }
    return unit;
}

std::string_view name_of(StepKind kind) {
    constexpr std::array<std::string_view, step_kinds> names{"prerotate", "shift",      "move",     "copy",  "truncate",
                                                             "create",    "postrotate", "compress", "remove"};
    return names.at(static_cast<size_t>(kind));
}

}  // namespace vigie::agent::logs
