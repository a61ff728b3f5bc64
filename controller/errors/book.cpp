// Each step reads through the batch, since one commit may hold several of the same kind.
#include "controller/errors/book.hpp"

#include <algorithm>

#include "controller/store/keys.hpp"

namespace vigie::controller::errors {
namespace {

// Of what is shown in a list; the rest of a message is hardly read.
constexpr size_t message_bytes_max = 1'000;

Result<std::optional<ErrorGroup>> group_through(const StateStore& store, const StoreBatch& batch,
                                                std::string_view fingerprint) {
    VIGIE_TRY(const auto row, get_through(store, batch, Family::errors, group_key(fingerprint)));
    if (!row) {
        return std::nullopt;
    }
    VIGIE_TRY(auto group, decode_group(fingerprint, *row));
    return std::optional(std::move(group));
}

Result<uint64_t> count_through(const StateStore& store, const StoreBatch& batch) {
    VIGIE_TRY(const auto row, get_through(store, batch, Family::errors, count_key()));
    return row ? decode_count(*row) : Result<uint64_t>(0);
}

struct Seen {
    WallTime first;
    WallTime last;
};

// A host's clock may be anything.
Seen seen_of(const protocol::LogErrors& told, WallTime now) {
    const auto last = std::clamp(wall_from_unix_ms(told.last_seen_unix_ms), now - kept_for, now);
    return {.first = std::clamp(wall_from_unix_ms(told.first_seen_unix_ms), now - kept_for, last), .last = last};
}

// Whether the host is counted among the group's for the first time.
Result<bool> note_share(const StateStore& store, const AgentId& host, const protocol::LogErrors& told, const Seen& seen,
                        bool has_room, StoreBatch& batch) {
    const auto key = host_key(told.fingerprint, host.value);
    VIGIE_TRY(const auto row, get_through(store, batch, Family::errors, key));
    HostShare share{.count = 0, .first_seen = seen.first, .last_seen = seen.last};
    if (row) {
        VIGIE_TRY(share, decode_share(*row));
    } else if (!has_room) {
        return false;
    }
    share.count += told.count;
    share.first_seen = std::min(share.first_seen, seen.first);
    share.last_seen = std::max(share.last_seen, seen.last);
    batch.put(Family::errors, key, encode(share));
    return !row;
}

void take_newest(const AgentId& host, const protocol::LogErrors& told, const Seen& seen, ErrorGroup& group,
                 StoreBatch& batch) {
    group.severity = static_cast<Severity>(told.severity);
    group.is_flood = told.is_flood;
    group.message = told.message.substr(0, message_bytes_max);
    group.logger = told.logger;
    group.exception = told.exception;
    group.code_file = told.code_file;
    group.code_line = told.code_line;
    group.function = told.function;
    group.host = host.value;
    group.file = told.file;
    batch.put(Family::errors, sample_key(told.fingerprint),
              encode(ErrorSample{.host = host.value,
                                 .file = told.file,
                                 .seen_at = seen.last,
                                 .stack = told.stack,
                                 .method = told.method,
                                 .url = told.url,
                                 .client = told.client}));
}

}  // namespace

Result<Step> note_errors(const StateStore& store, const AgentId& host, const protocol::LogErrors& told, WallTime now,
                         StoreBatch& batch) {
    if (!is_fingerprint(told.fingerprint)) {
        return fail(ErrorCode::malformed, "errors of a log: their fingerprint is no 16 hex digits");
    }
    const auto seen = seen_of(told, now);
    VIGIE_TRY(const auto known, group_through(store, batch, told.fingerprint));
    Step step;
    if (known) {
        step.group = *known;
    } else {
        VIGIE_TRY(const auto count, count_through(store, batch));
        if (count >= groups_max) {
            step.noted = Noted::no_room;
            return step;
        }
        batch.put(Family::errors, count_key(), encode_count(count + 1));
        step.noted = Noted::fresh;
        step.group.fingerprint = told.fingerprint;
        step.group.first_seen = seen.first;
        step.group.changed_at = now;
    }
    auto& group = step.group;
    if (group.state == State::resolved && seen.last > group.changed_at) {
        step.noted = Noted::reopened;
        group.state = State::fresh;
        group.changed_at = now;
        group.changed_by.clear();
        ++group.reopened;
    }
    VIGIE_TRY(const bool is_new_host, note_share(store, host, told, seen, group.hosts < hosts_max, batch));
    group.hosts += is_new_host ? 1 : 0;
    group.count += told.count;
    group.first_seen = std::min(group.first_seen, seen.first);
    if (seen.last >= group.last_seen) {
        group.last_seen = seen.last;
        take_newest(host, told, seen, group, batch);
    }
    batch.put(Family::errors, group_key(told.fingerprint), encode(group));
    return step;
}

Result<ErrorGroup> set_state(const StateStore& store, std::string_view fingerprint, State state, std::string_view by,
                             WallTime now, StoreBatch& batch) {
    VIGIE_TRY(auto found, group_through(store, batch, fingerprint));
    if (!found) {
        return fail(ErrorCode::not_found, "there are no errors '{}': vigie errors list shows them", fingerprint);
    }
    if (found->state == state) {
        return fail(ErrorCode::conflict, "errors '{}' are {} already, since {}", fingerprint, name_of(state),
                    to_rfc3339(found->changed_at));
    }
    found->state = state;
    found->changed_at = now;
    found->changed_by = by;
    batch.put(Family::errors, group_key(fingerprint), encode(*found));
    return std::move(*found);
}

Result<void> prune_errors(const StateStore& store, WallTime now, StoreBatch& batch) {
    VIGIE_TRY(const auto groups, list_groups(store));
    uint64_t forgotten = 0;
    for (const auto& group : groups) {
        if (now - group.last_seen <= kept_for) {
            continue;
        }
        // It may have come again in this very batch.
        VIGIE_TRY(const auto newest, group_through(store, batch, group.fingerprint));
        if (!newest || *newest != group) {
            continue;
        }
        const auto hosts = host_key(group.fingerprint, "");
        batch.erase(Family::errors, group_key(group.fingerprint));
        batch.erase(Family::errors, sample_key(group.fingerprint));
        batch.erase_range(Family::errors, hosts, keys::after_prefix(hosts));
        ++forgotten;
    }
    if (forgotten > 0) {
        VIGIE_TRY(const auto count, count_through(store, batch));
        batch.put(Family::errors, count_key(), encode_count(count - std::min(count, forgotten)));
    }
    return {};
}

}  // namespace vigie::controller::errors
