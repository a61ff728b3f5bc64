// Locks of our own, and judging those of others.
#include "agent/backup/lock.hpp"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "agent/backup/json_reader.hpp"
#include "agent/backup/owners.hpp"
#include "shared/os/host_identity.hpp"

namespace vigie::agent::backup {
namespace {

constexpr auto renew_after = std::chrono::minutes{5};
// Past this age others may call our lock stale at any moment.
constexpr auto lost_after = std::chrono::minutes{25};

Moment now_of(const Clock& clock) {
    return moment_of(clock.wall());
}

LockSight sight_from_here(const Clock& clock) {
    return {now_of(clock), host_name(), boot_id(),
            [](uint64_t pid) { return process_started_ticks(static_cast<pid_t>(pid)); }};
}

std::string describe_holder(const LockHolder& holder) {
    return fmt::format("{}@{}, process {}", holder.user, holder.host, holder.pid);
}

Result<LockHolder> load_lock(Repository& repository, const Id& id) {
    VIGIE_TRY(const auto json, repository.load_json(FileKind::lock, id));
    return parse_lock(json, describe(FileKind::lock, id));
}

// False when it was gone already: another run judged as we do.
Result<bool> remove_lock(Storage& storage, const Id& id) {
    const auto removed = storage.remove(FileKind::lock, id);
    if (!removed && removed.error().code != ErrorCode::not_found) {
        return fail(removed.error());
    }
    return removed.has_value();
}

// Whether a lock that can't be read is in the way: gone since it was listed is no lock; of the others nobody can tell
// whether they are stale, and only a run that removes data must not take the risk.
Result<void> judge_unreadable(const Error& error, LockMode mode, const std::string& place) {
    if (mode == LockMode::shared || error.code == ErrorCode::not_found) {
        return {};
    }
    return fail(ErrorCode::conflict, "{}: a lock can't be read ({}); `backup unlock --remove-all` removes it", place,
                error.message);
}

Result<void> remove_stale_and_find_other(Repository& repository, const LockSight& sight, LockMode mode,
                                         const std::optional<Id>& own, std::vector<std::string>& notes) {
    auto& storage = repository.storage();
    VIGIE_TRY(const auto files, storage.list(FileKind::lock));
    for (const auto& file : files) {
        if (own == file.id) {
            continue;
        }
        const auto holder = load_lock(repository, file.id);
        if (!holder) {
            VIGIE_CHECK(judge_unreadable(holder.error(), mode, storage.place()));
        } else if (is_stale(*holder, sight)) {
            VIGIE_CHECK(remove_lock(storage, file.id));
            notes.push_back(fmt::format("removed the stale lock of {}, of {}", describe_holder(*holder),
                                        format_moment(holder->time)));
        } else if (holder->is_exclusive || mode == LockMode::exclusive) {
            return fail(ErrorCode::conflict, "{}: locked{} by {}, since {}", storage.place(),
                        holder->is_exclusive ? " exclusively" : "", describe_holder(*holder),
                        format_moment(holder->time));
        }
    }
    return {};
}

}  // namespace

std::string format_lock(const LockHolder& holder) {
    const nlohmann::ordered_json json{{"time", format_moment(holder.time)},
                                      {"exclusive", holder.is_exclusive},
                                      {"hostname", holder.host},
                                      {"username", holder.user},
                                      {"pid", holder.pid},
                                      {"boot_id", holder.boot_id},
                                      {"pid_started", holder.pid_started}};
    return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Result<LockHolder> parse_lock(std::string_view json, std::string_view what) {
    LockHolder holder;
    JsonReader reader(json);
    reader.enter_object();
    while (const auto key = reader.next_key()) {
        if (*key == "time") {
            const auto time = parse_moment(reader.string());
            if (!time) {
                reader.reject("time expected");
            }
            holder.time = time.value_or(Moment{});
        } else if (*key == "exclusive") {
            holder.is_exclusive = reader.boolean();
        } else if (*key == "hostname") {
            holder.host = reader.string();
        } else if (*key == "username") {
            holder.user = reader.string();
        } else if (*key == "pid") {
            holder.pid = reader.unsigned_number();
        } else if (*key == "boot_id") {
            holder.boot_id = reader.string();
        } else if (*key == "pid_started") {
            holder.pid_started = reader.unsigned_number();
        } else {
            reader.skip();
        }
    }
    VIGIE_CHECK(reader.finish(what));
    return holder;
}

bool is_stale(const LockHolder& holder, const LockSight& sight) {
    if (holder.host == sight.host) {
        if (!holder.boot_id.empty() && !sight.boot_id.empty() && holder.boot_id != sight.boot_id) {
            return true;
        }
        const auto started = sight.started_ticks_of(holder.pid);
        if (!started || (holder.pid_started != 0 && *started != holder.pid_started)) {
            return true;
        }
    }
    return sight.now.seconds - holder.time.seconds > lock_stale_seconds;
}

Result<void> RepositoryLock::write() {
    const auto pid = getpid();
    const LockHolder holder{now_of(clock_),
                            mode_ == LockMode::exclusive,
                            host_name(),
                            name_of_user(geteuid()),
                            static_cast<uint64_t>(pid),
                            boot_id(),
                            process_started_ticks(pid).value_or(0)};
    const auto written_at = clock_.mono();
    VIGIE_TRY(id_, repository_.save_json(FileKind::lock, format_lock(holder)));
    written_at_ = written_at;
    return {};
}

Result<std::unique_ptr<RepositoryLock>> RepositoryLock::take(Repository& repository, Clock& clock,
                                                             std::vector<std::string>& notes, LockMode mode) {
    const auto sight = sight_from_here(clock);
    VIGIE_CHECK(remove_stale_and_find_other(repository, sight, mode, std::nullopt, notes));
    std::unique_ptr<RepositoryLock> lock(new RepositoryLock(repository, clock, mode));
    VIGIE_CHECK(lock->write());
    // Once more: somebody may have locked between our look and our own lock. Both sides look after writing, so one sees
    // the other.
    VIGIE_CHECK(remove_stale_and_find_other(repository, sight, mode, lock->id_, notes));
    return lock;
}

RepositoryLock::~RepositoryLock() {
    if (id_ != Id{}) {
        // A lock that stays is taken over by the next run, as its process is gone.
        static_cast<void>(repository_.storage().remove(FileKind::lock, id_));
    }
}

Result<void> RepositoryLock::confirm() {
    VIGIE_TRY(const auto files, repository_.storage().list(FileKind::lock));
    const bool is_there =
        std::any_of(files.begin(), files.end(), [this](const StoredFile& file) { return file.id == id_; });
    if (!is_there || clock_.mono() - written_at_ > lost_after) {
        return fail(ErrorCode::conflict,
                    "{}: this run stood still and lost its lock; data may have been removed since, run again",
                    repository_.storage().place());
    }
    return {};
}

Result<void> RepositoryLock::renew_if_due() {
    if (clock_.mono() - written_at_ < renew_after) {
        return {};
    }
    VIGIE_CHECK(confirm());
    const auto old = id_;
    VIGIE_CHECK(write());
    return repository_.storage().remove(FileKind::lock, old);
}

Result<UnlockReport> unlock_repository(Repository& repository, const Clock& clock, bool all) {
    const auto sight = sight_from_here(clock);
    auto& storage = repository.storage();
    VIGIE_TRY(const auto files, storage.list(FileKind::lock));
    UnlockReport report;
    for (const auto& file : files) {
        const auto holder = load_lock(repository, file.id);
        if (!all && (!holder || !is_stale(*holder, sight))) {
            ++report.left;
            report.notes.push_back(holder ? fmt::format("left the lock of {}, of {}: it may be alive",
                                                        describe_holder(*holder), format_moment(holder->time))
                                          : fmt::format("left a lock that can't be read: {}", holder.error().message));
            continue;
        }
        VIGIE_TRY(const bool was_there, remove_lock(storage, file.id));
        report.removed += was_there ? 1 : 0;
        report.notes.push_back(
            holder ? fmt::format("removed the lock of {}, of {}", describe_holder(*holder), format_moment(holder->time))
                   : fmt::format("removed a lock that can't be read: {}", holder.error().message));
    }
    return report;
}

}  // namespace vigie::agent::backup
