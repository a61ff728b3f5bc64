// Rows of events: u8 form, u8 severity, i64 happened_at, then agent, kind and message with their lengths.
#include "controller/store/event_log.hpp"

#include "controller/store/keys.hpp"

namespace vigie::controller {

namespace {

constexpr uint8_t row_form = 1;
constexpr std::string_view next_key = "event_next";  // Family::meta -> u64

}  // namespace

Result<EventLog> EventLog::open(const StateStore& store) {
    VIGIE_TRY(const auto stored, store.get(Family::meta, next_key));
    if (!stored) {
        return EventLog(1);
    }
    VIGIE_TRY(const auto next, keys::read_number(*stored));
    return EventLog(next);
}

void EventLog::append(const Event& event, StoreBatch& batch) {
    batch.put(Family::events, keys::timed(event.recorded_at, next_++), event_row(event));
    batch.put(Family::meta, std::string(next_key), keys::number(next_));
}

std::string event_row(const Event& event) {
    return keys::KeyWriter()
        .u8(row_form)
        .u8(static_cast<uint8_t>(event.severity))
        .i64(unix_ms(event.happened_at))
        .bytes(event.agent.value)
        .bytes(event.kind)
        .bytes(event.message)
        .take();
}

Result<Event> read_event(std::string_view key, std::string_view row) {
    VIGIE_TRY(const auto place, keys::read_timed(key));
    keys::KeyReader reader(row);
    const auto form = reader.u8();
    const auto severity = reader.u8();
    Event event;
    event.recorded_at = place.at;
    event.happened_at = wall_from_unix_ms(reader.i64());
    event.agent.value = reader.bytes();
    event.kind = reader.bytes();
    event.message = reader.bytes();
    if (!reader.is_ok() || form != row_form || severity < 1 || severity > 3) {
        return fail(ErrorCode::corrupt, "store: event {} of {} can't be read", place.number, to_rfc3339(place.at));
    }
    event.severity = static_cast<Severity>(severity);
    return event;
}

Result<std::vector<Event>> newest_events(const StateStore& store, WallTime from, WallTime to, size_t count_max,
                                         const AgentId* agent, Severity least) {
    std::vector<Event> found;
    Result<void> read;
    const auto visit = [&](std::string_view key, std::string_view row) {
        auto event = read_event(key, row);
        if (!event) {
            read = fail(std::move(event.error()));
            return false;
        }
        if ((!agent || event->agent == *agent) && event->severity >= least) {
            found.push_back(std::move(*event));
        }
        return found.size() < count_max;
    };
    if (count_max > 0) {
        VIGIE_CHECK(store.scan_back(Family::events, keys::timed(from, 0), keys::timed(to, 0), visit));
    }
    VIGIE_CHECK(std::move(read));
    return found;
}

}  // namespace vigie::controller
