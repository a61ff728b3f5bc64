// Groups by the time at which each is due.
#include "agent/errors/error_groups.hpp"

#include <algorithm>

#include "agent/errors/fingerprint.hpp"
#include "agent/errors/text_limits.hpp"

namespace vigie::agent::errors {
namespace {

std::string key_of(std::string_view fingerprint, std::string_view file) {
    std::string key(fingerprint);
    key += ' ';
    return key += file;
}

}  // namespace

void ErrorGroups::add(const std::string& file, LogRecord&& record, WallTime at, MonoTime now) {
    ++files_[file].counted;
    auto fingerprint = fingerprint_of(record);
    if (auto* const group = find_or_add(key_of(fingerprint, file), file, now)) {
        group->report.fingerprint = std::move(fingerprint);
        group->report.file = file;
        return count(*group, std::move(record), at, now);
    }
    // The flood's own kind is known by its file, whatever it is made of.
    LogRecord flood;
    flood.level = record.level;
    flood.logger = cut_to(file, field_bytes_max);
    flood.message = "errors of many kinds, only counted";
    auto& group = groups_[key_of("flood", file)];
    if (group.report.fingerprint.empty()) {
        group.due = now;
        group.report.fingerprint = fingerprint_of(flood);
        group.report.file = file;
        group.report.is_flood = true;
    }
    flood.stack = std::move(record.message);  // one of them, to begin with
    count(group, std::move(flood), at, now);
}

ErrorGroups::Group* ErrorGroups::find_or_add(const std::string& key, const std::string& file, MonoTime now) {
    if (const auto known = groups_.find(key); known != groups_.end()) {
        return &known->second;
    }
    if ((groups_.size() >= limits_.groups_max && !make_room()) || !spend(file, now)) {
        return nullptr;
    }
    auto& group = groups_[key];
    group.due = now;
    return &group;
}

// Forgets the kind that came longest ago, of those of which nothing is left to tell. Should it come again it is told as
// new, which costs no more than one report.
bool ErrorGroups::make_room() {
    auto oldest = groups_.end();
    for (auto each = groups_.begin(); each != groups_.end(); ++each) {
        if (each->second.report.count == 0 && (oldest == groups_.end() || each->second.seen < oldest->second.seen)) {
            oldest = each;
        }
    }
    if (oldest == groups_.end()) {
        return false;
    }
    groups_.erase(oldest);
    return true;
}

bool ErrorGroups::spend(const std::string& name, MonoTime now) {
    auto& file = files_[name];
    if (!file.saved) {
        file.saved = limits_.new_max;
        file.refilled_at = now;
    }
    const auto refills = (now - file.refilled_at) / limits_.new_every;
    file.refilled_at += refills * limits_.new_every;
    file.saved = std::min(limits_.new_max, *file.saved + static_cast<int64_t>(refills));
    if (*file.saved == 0) {
        return false;
    }
    --*file.saved;
    return true;
}

uint64_t ErrorGroups::counted(const std::string& file) const {
    const auto known = files_.find(file);
    return known == files_.end() ? 0 : known->second.counted;
}

void ErrorGroups::count(Group& group, LogRecord&& record, WallTime at, MonoTime now) {
    auto& report = group.report;
    if (report.count++ == 0) {
        report.sample = std::move(record);
        report.first_seen = at;
    }
    report.first_seen = std::min(report.first_seen, at);
    report.last_seen = std::max(report.last_seen, at);
    group.seen = now;
}

std::vector<ErrorReport> ErrorGroups::take_due(MonoTime now, bool is_last) {
    std::vector<ErrorReport> due;
    for (auto& [key, group] : groups_) {
        auto& report = group.report;
        if (report.count == 0 || (now < group.due && !is_last)) {
            continue;
        }
        due.push_back(report);
        report.count = 0;
        report.last_seen = WallTime{};
        report.sample = LogRecord{};
        // A kind that was silent for as long as it would have been let alone is told as soon as a new one again.
        const bool was_silent = group.pause == group.pause.zero() || now - group.due > group.pause;
        group.pause = was_silent ? limits_.repeat_first : std::min(2 * group.pause, limits_.repeat_max);
        group.due = now + group.pause;
    }
    return due;
}

}  // namespace vigie::agent::errors
