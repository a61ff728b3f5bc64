// The bytes of each row: a version, then the fields in a fixed order.
#include "controller/alerts/rows.hpp"

#include "controller/alerts/label_rows.hpp"

namespace vigie::controller::alerts {
namespace {

constexpr uint8_t row_version = 1;
constexpr uint8_t alert_row_version = 2;  // 1 lacks what is at its end

Phase phase_of(uint8_t number) {
    const bool is_known =
        number >= static_cast<uint8_t>(Phase::inactive) && number <= static_cast<uint8_t>(Phase::resolved);
    return is_known ? static_cast<Phase>(number) : Phase::inactive;
}

void write_state(keys::KeyWriter& row, const Episode& state) {
    row.u8(static_cast<uint8_t>(state.phase)).u8(state.is_open ? 1 : 0);
    row.i64(unix_ms(state.active_since)).i64(unix_ms(state.fired_at));
    row.i64(unix_ms(state.resolved_at)).i64(unix_ms(state.changed_at));
    row.u8(state.false_since ? 1 : 0).i64(unix_ms(state.false_since.value_or(WallTime{})));
}

Episode read_state(keys::KeyReader& row) {
    Episode state;
    state.phase = phase_of(row.u8());
    state.is_open = row.u8() != 0;
    state.active_since = wall_from_unix_ms(row.i64());
    state.fired_at = wall_from_unix_ms(row.i64());
    state.resolved_at = wall_from_unix_ms(row.i64());
    state.changed_at = wall_from_unix_ms(row.i64());
    const bool has_false_since = row.u8() != 0;
    const auto false_since = wall_from_unix_ms(row.i64());
    if (has_false_since) {
        state.false_since = false_since;
    }
    return state;
}

Result<void> check(const keys::KeyReader& reader, uint8_t version, std::string_view what) {
    if (!reader.is_ok() || !reader.is_done() || version != row_version) {
        return fail(ErrorCode::corrupt, "alerts: {} is not readable (version {})", what, version);
    }
    return {};
}

}  // namespace

AgentId owner_of_group(std::string_view group_key) {
    return AgentId{fmt::format("{}{}", own_rule_mark, group_key)};
}
bool is_of_group(const AgentId& owner) {
    return owner.value.starts_with(own_rule_mark);
}

std::string host_of(const AlertRecord& record) {
    if (!is_of_group(record.agent)) {
        return record.agent.value;
    }
    const auto found = record.labels.find("instance");
    return found == record.labels.end() ? "" : found->second;
}

Notification page_of(const AlertRecord& record, bool is_resolved, const Labels& external_labels) {
    Notification page;
    page.alert_id = record.id;
    page.is_resolved = is_resolved;
    page.labels = record.labels;
    for (const auto& [name, value] : external_labels) {
        if (!value.empty()) {
            page.labels.try_emplace(name, value);
        }
    }
    page.annotations = record.annotations;
    page.starts_at = record.state.fired_at;
    page.ends_at = is_resolved ? record.state.resolved_at : WallTime{};
    page.value = record.value;
    return page;
}

std::string alert_id(std::string_view rule_key, const AgentId& agent, const Labels& series) {
    Fnv1a hash;
    hash.add(rule_key).separate().add(agent.value).separate();
    for (const auto& [name, value] : series) {
        hash.add(name).separate().add(value).separate();
    }
    return hash.hex();
}

std::string alert_key(std::string_view id) {
    return fmt::format("s{}", id);
}
std::string transition_key(std::string_view id, uint64_t number) {
    return fmt::format("h{}{}", id, keys::number(number));
}
std::string cursor_key(const AgentId& agent) {
    return "c" + agent.value;
}

std::string encode(const AlertRecord& record) {
    keys::KeyWriter row;
    row.u8(alert_row_version).bytes(record.id).bytes(record.agent.value).bytes(record.rule_key).bytes(record.group);
    row.bytes(record.name).bytes(record.expression);
    write_labels(row, record.series);
    write_labels(row, record.labels);
    write_labels(row, record.annotations);
    row.u32(static_cast<uint32_t>(record.template_failures.size()));
    for (const auto& failure : record.template_failures) {
        row.bytes(failure);
    }
    row.f64(record.value);
    write_state(row, record.state);
    row.u64(record.transitions).u32(record.state.changes).u8(record.state.beneath ? 1 : 0);
    if (record.state.beneath) {
        write_state(row, *record.state.beneath);
    }
    return row.take();
}

Result<AlertRecord> decode_alert(std::string_view bytes) {
    keys::KeyReader row(bytes);
    const auto version = row.u8();
    AlertRecord record;
    record.id = row.bytes();
    record.agent.value = row.bytes();
    record.rule_key = row.bytes();
    record.group = row.bytes();
    record.name = row.bytes();
    record.expression = row.bytes();
    record.series = read_labels(row);
    record.labels = read_labels(row);
    record.annotations = read_labels(row);
    const auto failures = row.u32();
    for (uint32_t i = 0; i < failures && row.is_ok(); ++i) {
        record.template_failures.push_back(row.bytes());
    }
    record.value = row.f64();
    static_cast<Episode&>(record.state) = read_state(row);
    record.transitions = row.u64();
    if (version == alert_row_version) {
        record.state.changes = row.u32();
        if (row.u8() != 0) {
            record.state.beneath = read_state(row);
        }
    }
    VIGIE_CHECK(check(row, version == alert_row_version ? row_version : version, "an alert"));
    return record;
}

std::string encode(const EvaluationCursor& cursor) {
    return keys::KeyWriter()
        .u8(row_version)
        .u64(cursor.incarnation)
        .u64(cursor.seq)
        .i64(unix_ms(cursor.sampled_at))
        .take();
}

Result<EvaluationCursor> decode_cursor(std::string_view bytes) {
    keys::KeyReader row(bytes);
    const auto version = row.u8();
    EvaluationCursor cursor;
    cursor.incarnation = row.u64();
    cursor.seq = row.u64();
    cursor.sampled_at = wall_from_unix_ms(row.i64());
    VIGIE_CHECK(check(row, version, "an evaluation cursor"));
    return cursor;
}

std::string encode(const Transition& transition) {
    keys::KeyWriter row;
    row.u8(row_version).u8(static_cast<uint8_t>(transition.from)).u8(static_cast<uint8_t>(transition.to));
    row.i64(unix_ms(transition.at)).i64(unix_ms(transition.recorded_at)).f64(transition.value);
    row.bytes(encode(transition.cursor)).bytes(transition.cause);
    return row.take();
}

Result<Transition> decode_transition(std::string_view bytes) {
    keys::KeyReader row(bytes);
    const auto version = row.u8();
    Transition transition;
    transition.from = phase_of(row.u8());
    transition.to = phase_of(row.u8());
    transition.at = wall_from_unix_ms(row.i64());
    transition.recorded_at = wall_from_unix_ms(row.i64());
    transition.value = row.f64();
    const auto cursor = row.bytes();
    transition.cause = row.bytes();
    VIGIE_CHECK(check(row, version, "a transition"));
    VIGIE_TRY(transition.cursor, decode_cursor(cursor));
    return transition;
}

Result<std::vector<AlertRecord>> list_alerts(const StateStore& store) {
    std::vector<AlertRecord> alerts;
    Result<void> outcome;
    VIGIE_CHECK(store.scan(Family::alerts, "s", keys::after_prefix("s"), [&](std::string_view, std::string_view row) {
        auto record = decode_alert(row);
        if (!record) {
            outcome = fail(record.error());
            return false;
        }
        alerts.push_back(std::move(*record));
        return true;
    }));
    VIGIE_CHECK(outcome);
    return alerts;
}

Result<AlertDetails> show_alert(const StateStore& store, std::string_view id) {
    VIGIE_TRY(const auto row, store.get(Family::alerts, alert_key(id)));
    if (!row) {
        return fail(ErrorCode::not_found, "there is no alert '{}'", id);
    }
    AlertDetails details;
    VIGIE_TRY(details.alert, decode_alert(*row));
    const auto prefix = fmt::format("h{}", id);
    Result<void> outcome;
    VIGIE_CHECK(
        store.scan(Family::alerts, prefix, keys::after_prefix(prefix), [&](std::string_view, std::string_view value) {
            auto transition = decode_transition(value);
            if (!transition) {
                outcome = fail(transition.error());
                return false;
            }
            details.history.push_back(std::move(*transition));
            return true;
        }));
    VIGIE_CHECK(outcome);
    return details;
}

}  // namespace vigie::controller::alerts
