// The order of renames.
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

constexpr auto day_length = 24h;

struct Archive {
    std::string name;
    int64_t order = 0;   // the number in its name, or how many are newer
    std::string packed;  // the compressor's suffix
    uint64_t inode = 0;
    std::optional<WallTime> written;  // none: this run makes it
    bool is_compressed() const { return !packed.empty(); }
};

Step file_step(StepKind kind, std::string from, std::string to, uint64_t inode) {
    Step step;
    step.kind = kind;
    step.from = std::move(from);
    step.to = std::move(to);
    step.inode = inode;
    return step;
}

// Entries of the folder that begin as archives of the log do, read by `read`.
template <typename Read>
std::vector<Archive> archives_in(const Naming& naming, const Listing& listing, Read read) {
    std::vector<Archive> all;
    const auto& stem = naming.stem;
    for (auto entry = listing.lower_bound(stem); entry != listing.end() && entry->first.starts_with(stem); ++entry) {
        if (const auto archive = read(naming, entry->first)) {
            all.push_back({entry->first, archive->order, archive->packed, entry->second.inode, entry->second.written});
        }
    }
    return all;
}

// The chain LOG.1, LOG.2 … in either form: all numbers up to `keep`, and those behind it without a gap (what a failing
// script left). A far larger number is somebody else's file.
std::vector<Archive> numbered_chain(const Block& block, const Naming& naming, const Listing& listing) {
    auto all = archives_in(naming, listing, read_numbered);
    std::sort(all.begin(), all.end(), [](const Archive& a, const Archive& b) {
        return std::forward_as_tuple(a.order, a.is_compressed()) < std::forward_as_tuple(b.order, b.is_compressed());
    });
    int64_t last = block.start - 1 + std::max(block.keep, 0);
    const auto is_behind = [&](const Archive& archive) { return archive.order > last + 1; };
    auto end = all.begin();
    for (; end != all.end() && !is_behind(*end); ++end) {
        last = std::max(last, end->order);
    }
    all.erase(end, all.end());
    return all;
}

std::vector<Archive> dated_archives(const Naming& naming, const Listing& listing) {
    auto all = archives_in(naming, listing, read_dated);
    std::erase_if(all, [&](const Archive& archive) { return !listing.at(archive.name).is_regular; });
    std::sort(all.begin(), all.end(), [](const Archive& a, const Archive& b) { return a.order > b.order; });
    // Ranks in place of dates: the archive of this run will be number 0. Both forms of one date share a rank.
    int64_t rank = 0;
    int64_t date = 0;
    for (auto& archive : all) {
        rank += archive.order != date || rank == 0 ? 1 : 0;
        date = std::exchange(archive.order, rank);
    }
    return all;
}

// Moves the chain up by one, newest last, and gives the archives as they will be, newest first.
std::vector<Archive> plan_shift(const Naming& naming, std::vector<Archive> chain, std::vector<Step>& steps) {
    for (auto archive = chain.rbegin(); archive != chain.rend(); ++archive) {
        auto to = numbered_name(naming, ++archive->order, archive->packed);
        steps.push_back(file_step(StepKind::shift, archive->name, to, archive->inode));
        archive->name = std::move(to);
    }
    return chain;
}

// Of two forms of one number the packed one would be in the way when the other is compressed: it is set aside under
// logrotate's name for that, and counts no more.
void plan_backups(const Block& block, std::vector<Archive>& chain, WallTime now, std::vector<Step>& steps) {
    if (!block.compress) {
        return;
    }
    const auto all = chain;
    std::erase_if(chain, [&](const Archive& packed) {
        const bool has_plain = std::any_of(all.begin(), all.end(), [&](const Archive& other) {
            return other.order == packed.order && !other.is_compressed();
        });
        if (!packed.is_compressed() || !has_plain) {
            return false;
        }
        steps.push_back(
            file_step(StepKind::shift, packed.name, packed.name + dated_suffix(backup_format, now), packed.inode));
        return true;
    });
}

bool is_too_old(const Block& block, const Archive& archive, WallTime now) {
    return block.max_age_days && archive.written && now - *archive.written > *block.max_age_days * day_length;
}

// What decodes an archive with this suffix on standard input.
std::string_view decoder_of(const Block& block, std::string_view suffix) {
    return suffix.empty()                    ? std::string_view()
           : suffix == block.compress_suffix ? std::string_view(block.uncompress_command)
           : suffix == ".bz2"                ? "bunzip2"
           : suffix == ".xz"                 ? "unxz"
           : suffix == ".zst"                ? "unzstd"
                                             : "gunzip";
}

void plan_mail(std::string_view decoder, const std::string& archive, const std::string& subject, uint64_t inode,
               std::vector<Step>& steps) {
    auto step = file_step(StepKind::mail, archive, "", inode);
    step.script = decoder;
    step.first = subject;
    steps.push_back(std::move(step));
}

// The last chance to read an archive: mail, then preremove.
void plan_removal(const Block& block, const std::string& folder, const Archive& archive, std::vector<Step>& steps) {
    const auto path = join_path(folder, archive.name);
    if (!block.mail_address.empty() && !block.mailfirst) {
        // What `rotate 0` drops at once goes under the name that it would have been kept by.
        const bool is_new = !archive.written && block.compress && !block.delaycompress;
        plan_mail(decoder_of(block, archive.packed), archive.name, path + (is_new ? block.compress_suffix : ""),
                  archive.inode, steps);
    }
    if (!block.preremove.empty()) {
        auto step = file_step(StepKind::preremove, archive.name, "", archive.inode);
        step.script = block.preremove;
        step.first = path;
        steps.push_back(std::move(step));
    }
    steps.push_back(file_step(StepKind::remove, archive.name, "", archive.inode));
}

// What to compress and what to remove, oldest first, by number: a gap is a generation that is already gone. `newest` is
// the number of the archive that this run makes.
void plan_archives(const Block& block, const std::string& folder, const std::vector<Archive>& chain, int64_t newest,
                   WallTime now, std::vector<Step>& steps) {
    const auto is_to_go = [&](const Archive& archive) {
        return (block.keep != keep_all && archive.order - newest >= block.keep) || is_too_old(block, archive, now);
    };
    for (const auto& archive : chain) {
        const auto has_twin = std::count_if(chain.begin(), chain.end(),
                                            [&](const Archive& other) { return other.order == archive.order; }) > 1;
        const bool is_its_turn = archive.order - newest >= (block.delaycompress ? 1 : 0);
        if (block.compress && is_its_turn && !archive.is_compressed() && !has_twin && !is_to_go(archive)) {
            steps.push_back(
                file_step(StepKind::compress, archive.name, archive.name + block.compress_suffix, archive.inode));
        }
    }
    for (auto archive = chain.rbegin(); archive != chain.rend(); ++archive) {
        if (is_to_go(*archive)) {
            plan_removal(block, folder, *archive, steps);
        }
    }
}

void plan_creation(const Block& block, const FoundLog& log, const NewLog& created, const std::string& moved_to,
                   std::vector<Step>& steps) {
    if (!block.create) {
        return;
    }
    auto step = file_step(StepKind::create, log.name, "", log.facts.inode);
    step.mode = created.mode;
    step.uid = created.uid;
    step.gid = created.gid;
    step.first = block.create->mode ? "" : moved_to;  // a mode of its own stands in place of the old log's ACL
    steps.push_back(std::move(step));
}

void plan_live_log(const Block& block, const FoundLog& log, const NewLog& created, LogPlan& plan) {
    auto& steps = plan.before_script;
    if (block.copytruncate) {
        steps.push_back(file_step(StepKind::copy, log.name, plan.archive, log.facts.inode));
        steps.push_back(file_step(StepKind::truncate, log.name, plan.archive, log.facts.inode));
    } else if (block.copy) {
        steps.push_back(file_step(StepKind::snapshot, log.name, plan.archive, log.facts.inode));
    } else if (block.renamecopy) {
        const auto held = log.name + ".tmp";  // logrotate's name for it
        steps.push_back(file_step(StepKind::hold, log.name, held, log.facts.inode));
        plan_creation(block, log, created, held, steps);
        plan.after_script.push_back(file_step(StepKind::store, held, plan.archive, log.facts.inode));
    } else {
        steps.push_back(file_step(StepKind::move, log.name, plan.archive, log.facts.inode));
        plan_creation(block, log, created, plan.archive, steps);
    }
}

}  // namespace

Result<LogPlan> plan_log(const Block& block, const FoundLog& log, const FoundFolder& folder, const NewLog& created,
                         WallTime now, const ArchiveFolder* elsewhere) {
    const auto& beside = elsewhere ? elsewhere->content : folder;
    LogPlan plan;
    plan.log = {log.path,        log.folder,     log.name,
                folder.device,   folder.inode,   log.facts.device,
                log.facts.inode, log.facts.size, elsewhere ? elsewhere->path : log.folder,
                beside.device,   beside.inode};
    plan.allows_hard_links = block.allowhardlink;
    // The archive of a move keeps the log's inode; that of a copy is a new file.
    const auto new_inode = block.copytruncate || block.copy || block.renamecopy ? 0 : log.facts.inode;
    const auto naming = naming_of(block, log.name);
    const int64_t newest = block.dateext ? 0 : block.start;
    std::vector<Archive> archives;
    if (block.dateext) {
        plan.archive = dated_name(naming, date_of_archive(block, now));
        const auto taken = plan.archive + naming.packed;
        if (beside.listing.contains(plan.archive) || beside.listing.contains(taken)) {
            return fail(ErrorCode::conflict, "{}: {}: its archive {} exists already: not rotated", block.place(),
                        log.path, plan.archive);
        }
        archives = dated_archives(naming, beside.listing);
    } else {
        archives = numbered_chain(block, naming, beside.listing);
        plan_backups(block, archives, now, plan.before_script);
        archives = plan_shift(naming, std::move(archives), plan.before_script);
        plan.archive = numbered_name(naming, newest);
    }
    archives.insert(archives.begin(), Archive{plan.archive, newest, "", new_inode, std::nullopt});
    plan_live_log(block, log, created, plan);
    if (!block.mail_address.empty() && block.mailfirst) {
        // logrotate's subjects: the log's name where its archive is compressed at once.
        const auto path = join_path(plan.log.archive_folder, plan.archive);
        const bool is_packed_at_once = block.compress && !block.delaycompress;
        plan_mail("", plan.archive, is_packed_at_once ? log.path : path, new_inode, plan.after_script);
    }
    plan_archives(block, plan.log.archive_folder, archives, newest, now, plan.after_script);
    return plan;
}

LogPlan plan_gone(const Block& block, const FoundLog& log, const FoundFolder& folder, WallTime now,
                  const ArchiveFolder* elsewhere) {
    const auto& beside = elsewhere ? elsewhere->content : folder;
    LogPlan plan;
    plan.log.path = log.path;
    plan.log.folder = log.folder;
    plan.log.name = log.name;
    plan.log.folder_device = folder.device;
    plan.log.folder_inode = folder.inode;
    plan.log.archive_folder = elsewhere ? elsewhere->path : log.folder;
    plan.log.archive_device = beside.device;
    plan.log.archive_inode = beside.inode;
    const auto naming = naming_of(block, log.name);
    const auto archives =
        block.dateext ? dated_archives(naming, beside.listing) : numbered_chain(block, naming, beside.listing);
    for (auto archive = archives.rbegin(); archive != archives.rend(); ++archive) {
        if (is_too_old(block, *archive, now)) {
            plan_removal(block, plan.log.archive_folder, *archive, plan.after_script);
        }
    }
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

std::string patterns_of(const Block& block) {
    return fmt::format("{} ", fmt::join(block.patterns, " "));
}

Unit plan_unit(const Block& block, std::vector<LogPlan> logs, WallTime now, PlaceInBlock place) {
    Unit unit;
    unit.place = block.place();
    unit.at = now;
    unit.is_shared = block.sharedscripts;
    // A shared script gets the patterns, each with a space behind it, one of a single log the log, and postrotate its
    // archive; so it is with logrotate.
    const auto patterns = patterns_of(block);
    const auto first = unit.is_shared ? patterns : logs.at(0).log.path;
    const auto second = unit.is_shared ? std::string() : join_path(logs.at(0).log.archive_folder, logs.at(0).archive);
    const auto add_script = [&](bool is_wanted, StepKind kind, const std::string& text, const std::string& one,
                                const std::string& two) {
        if (is_wanted && !text.empty()) {
            unit.steps.push_back(script_step(kind, text, one, two));
        }
    };
    const auto add = [&](std::vector<Step>& steps, size_t log) {
        for (auto& step : steps) {
            step.log = log;
            unit.steps.push_back(std::move(step));
        }
    };
    add_script(place.is_first, StepKind::firstaction, block.firstaction, patterns, "");
    add_script(true, StepKind::prerotate, block.prerotate, first, "");
    for (size_t i = 0; i < logs.size(); ++i) {
        unit.logs.push_back(logs[i].log);
        add(logs[i].before_script, i);
    }
    add_script(true, StepKind::postrotate, block.postrotate, first, second);
    for (size_t i = 0; i < logs.size(); ++i) {
        add(logs[i].after_script, i);
    }
    add_script(place.is_last, StepKind::lastaction, block.lastaction, patterns, "");
    return unit;
}

std::string_view name_of(StepKind kind) {
    constexpr std::array<std::string_view, step_kinds> names{
        "prerotate", "shift",    "move", "copy",  "truncate", "create",    "postrotate",  "compress",
        "remove",    "snapshot", "hold", "store", "mail",     "preremove", "firstaction", "lastaction"};
    return names.at(static_cast<size_t>(kind));
}

}  // namespace vigie::agent::logs
