// A row: a version, how long it took, the outcome, HTTP's status, the problem, the key, how many alerts, then those.
#include "controller/notify/attempt.hpp"

#include <algorithm>

#include "controller/store/keys.hpp"

namespace vigie::controller::notify {
namespace {

constexpr uint8_t row_version = 1;
constexpr char row_kind = 'a';
// The end of 9999: what is later has no date of four digits.
constexpr WallTime time_max = wall_from_unix_ms(253'402'300'799'999);

std::string group_prefix(const ToldKey& to) {
    return row_kind + keys::KeyWriter().text(to.target).text(to.group).take();
}

bool is_outcome(uint8_t number) {
    return number >= static_cast<uint8_t>(AttemptOutcome::taken) &&
           number <= static_cast<uint8_t>(AttemptOutcome::given_up);
}

bool has_alert(const Attempt& attempt, std::string_view alert_id) {
    return std::any_of(attempt.alerts.begin(), attempt.alerts.end(),
                       [alert_id](const auto& one) { return one.alert_id == alert_id; });
}

std::string damage_of(std::string_view key, const Error& error) {
    const auto place = read_attempt_key(key);
    return place ? fmt::format("attempt at {} to tell '{}' of group {}: {}", to_rfc3339(place->at), place->to.target,
                               place->to.group, error.message)
                 : place.error().message;
}

}  // namespace

std::string_view name_of(AttemptOutcome outcome) {
    switch (outcome) {
        case AttemptOutcome::taken:
            return "taken";
        case AttemptOutcome::retried:
            return "retried";
        case AttemptOutcome::refused:
            return "refused";
        case AttemptOutcome::given_up:
            return "given_up";
    }
    return "unknown";
}

std::string attempt_key(const Attempt& attempt) {
    return group_prefix(attempt.to) + keys::KeyWriter().i64(unix_ms(attempt.at)).u64(attempt.number).take();
}

Result<Attempt> read_attempt_key(std::string_view key) {
    keys::KeyReader reader(key.substr(std::min<size_t>(key.size(), 1)));
    Attempt read;
    read.to.target = reader.text();
    read.to.group = reader.text();
    read.at = wall_from_unix_ms(reader.i64());
    read.number = reader.u64();
    const bool is_in_time = read.at >= WallTime{} && read.at <= time_max;
    if (!key.starts_with(row_kind) || !reader.is_ok() || !reader.is_done() || !is_in_time) {
        return fail(ErrorCode::corrupt, "outbox: the key of an attempt to tell a receiver is not readable");
    }
    return read;
}

std::string encode(const Attempt& attempt) {
    keys::KeyWriter row;
    row.u8(row_version).i64(attempt.took.count()).u8(static_cast<uint8_t>(attempt.outcome));
    row.u32(static_cast<uint32_t>(attempt.status)).bytes(attempt.problem).bytes(attempt.idempotency_key);
    row.u64(attempt.alerts_total).u32(static_cast<uint32_t>(attempt.alerts.size()));
    for (const auto& one : attempt.alerts) {
        row.bytes(one.alert_id).i64(unix_ms(one.starts_at)).u8(one.is_resolved ? 1 : 0);
    }
    return row.take();
}

Result<Attempt> decode_attempt(std::string_view key, std::string_view bytes) {
    VIGIE_TRY(auto attempt, read_attempt_key(key));
    keys::KeyReader row(bytes);
    const auto version = row.u8();
    attempt.took = milliseconds{row.i64()};
    const auto outcome = row.u8();
    attempt.status = static_cast<int>(row.u32());
    attempt.problem = row.bytes();
    attempt.idempotency_key = row.bytes();
    attempt.alerts_total = row.u64();
    const auto count = row.u32();
    for (uint32_t i = 0; i < count && row.is_ok(); ++i) {
        AttemptedAlert one;
        one.alert_id = row.bytes();
        one.starts_at = wall_from_unix_ms(row.i64());
        one.is_resolved = row.u8() != 0;
        attempt.alerts.push_back(std::move(one));
    }
    if (!row.is_ok() || !row.is_done() || version != row_version || !is_outcome(outcome)) {
        return fail(ErrorCode::corrupt, "the row of {} bytes is not readable (version {})", bytes.size(), version);
    }
    attempt.outcome = static_cast<AttemptOutcome>(outcome);
    return attempt;
}

Result<std::vector<std::string>> attempts_behind(const StateStore& store, const ToldKey& to) {
    std::vector<std::string> behind;
    size_t newer = 1;  // the one that is to come
    const auto prefix = group_prefix(to);
    VIGIE_CHECK(store.scan_back(Family::outbox, prefix, keys::after_prefix(prefix), [&](std::string_view key, auto) {
        if (newer++ >= attempts_kept_max) {
            behind.emplace_back(key);
        }
        return true;
    }));
    return behind;
}

Result<std::vector<std::string>> attempts_to_forget(const StateStore& store, WallTime now, Bytes bytes_max) {
    const std::string kind(1, row_kind);
    struct Row {
        int64_t at_ms;
        uint64_t bytes;
    };
    std::vector<Row> rows;
    VIGIE_CHECK(store.scan(Family::outbox, kind, keys::after_prefix(kind), [&rows](auto key, auto row) {
        const auto place = read_attempt_key(key);
        rows.push_back({place ? unix_ms(place->at) : 0, key.size() + row.size()});
        return true;
    }));
    std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.at_ms > b.at_ms; });
    auto keep_from_ms = unix_ms(now - attempts_kept_for);
    uint64_t bytes = 0;
    for (const auto& row : rows) {
        bytes += row.bytes;
        if (bytes > bytes_max.count) {
            keep_from_ms = std::max(keep_from_ms, row.at_ms + 1);
            break;
        }
    }
    std::vector<std::string> old;
    VIGIE_CHECK(store.scan(Family::outbox, kind, keys::after_prefix(kind), [&](std::string_view key, auto) {
        const auto place = read_attempt_key(key);
        if (!place || unix_ms(place->at) < keep_from_ms) {
            old.emplace_back(key);
        }
        return true;
    }));
    return old;
}

Result<AttemptLog> attempts_for(const StateStore& store, std::string_view alert_id) {
    AttemptLog log;
    const std::string kind(1, row_kind);
    VIGIE_CHECK(store.scan(Family::outbox, kind, keys::after_prefix(kind), [&](std::string_view key, auto row) {
        auto attempt = decode_attempt(key, row);
        if (!attempt) {
            log.damaged.push_back(damage_of(key, attempt.error()));
        } else if (has_alert(*attempt, alert_id)) {
            log.attempts.push_back(std::move(*attempt));
        }
        return true;
    }));
    std::stable_sort(log.attempts.begin(), log.attempts.end(),
                     [](const Attempt& a, const Attempt& b) { return a.at < b.at; });
    return log;
}

}  // namespace vigie::controller::notify
