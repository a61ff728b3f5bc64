// Opens with the old password, writes with the new one.
#include "agent/backup/commands_keys.hpp"

#include <unistd.h>

#include "agent/backup/owners.hpp"
#include "agent/backup/session.hpp"
#include "shared/os/host_identity.hpp"

namespace vigie::agent::backup {
namespace {

// The id of the key that the password in use stands for afterwards, and the one that was added or removed.
struct KeyChange {
    Id current;
    Id changed;
};

Result<KeyChange> carry_out(Session& session, const KeysOptions& options) {
    const auto& opened = session.repository->opened_key();
    if (options.action == KeyAction::list) {
        return KeyChange{opened.id, {}};
    }
    if (options.action == KeyAction::remove) {
        VIGIE_TRY(const auto removed, remove_key(session.storage, opened.id, options.key));
        return KeyChange{opened.id, removed};
    }
    VIGIE_TRY(const auto password, read_password(options.new_password_file));
    const KeyOwner owner{name_of_user(geteuid()), host_name(), session.now()};
    if (options.action == KeyAction::add) {
        VIGIE_TRY(const auto added, add_key(session.storage, session.random, opened.key, password, owner));
        return KeyChange{opened.id, added};
    }
    VIGIE_TRY(const auto added, change_key(session.storage, session.random, opened, password, owner));
    return KeyChange{added, added};
}

}  // namespace

Result<KeysReport> keys(const KeysOptions& options) {
    Session session(options.access);
    VIGIE_CHECK(session.open(options.access));
    KeysReport report;
    report.action = options.action;
    // What takes a key away keeps others out meanwhile, as restic does.
    if (options.action == KeyAction::remove || options.action == KeyAction::change) {
        VIGIE_CHECK(session.take_lock(LockMode::exclusive, report.notes));
    } else if (options.action == KeyAction::add) {
        VIGIE_CHECK(session.take_lock(LockMode::shared, report.notes));
    }
    VIGIE_TRY(const auto change, carry_out(session, options));
    report.changed = change.changed;
    VIGIE_TRY(report.keys, list_keys(session.storage, change.current, report.problems));
    return report;
}

}  // namespace vigie::agent::backup
