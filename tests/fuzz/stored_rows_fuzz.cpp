// fuzz: vigie_controller_alerts vigie_controller_fleet vigie_controller_jobs vigie_controller_link
//
// The controller's own rows and keys, as a disk that turns bits gives them back. The first byte chooses the reader.
// What is read of a notification, a token or an agent is the same once written and read again. (The first line names
// all that is needed: the rooms of ingest, schedule and store come with these.)
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "controller/alerts/notification.hpp"
#include "controller/alerts/rows.hpp"
#include "controller/fleet/fleet.hpp"
#include "controller/ingest/cursor_rows.hpp"
#include "controller/jobs/run_span.hpp"
#include "controller/link/records.hpp"
#include "controller/schedule/due.hpp"
#include "controller/store/event_log.hpp"
#include "controller/store/keys.hpp"
#include "controller/store/memory_store.hpp"

using namespace vigie;
using namespace vigie::controller;

namespace {

void expect(bool holds) {
    if (!holds) {
        __builtin_trap();
    }
}

void read_alerts(std::string_view row) {
    if (const auto one = alerts::decode_notification(row)) {
        const auto again = alerts::decode_notification(alerts::encode(*one));
        expect(again && alerts::encode(*again) == alerts::encode(*one));
        expect(!alerts::idempotency_key(*one).empty());
    }
    static_cast<void>(alerts::decode_alert(row));
    static_cast<void>(alerts::decode_transition(row));
    static_cast<void>(alerts::decode_cursor(row));
    static_cast<void>(alerts::read_outbox_key(row));
}

void read_identities(std::string_view row) {
    if (const auto token = decode_token("hash", row)) {
        const auto again = decode_token("hash", encode(*token));
        expect(again && encode(*again) == encode(*token));
    }
    if (const auto use = decode_token_use("web-1", row)) {
        const auto again = decode_token_use("web-1", encode(*use));
        expect(again && encode(*again) == encode(*use));
    }
    if (const auto barred = decode_barred_key("key", row)) {
        const auto again = decode_barred_key("key", encode(*barred));
        expect(again && encode(*again) == encode(*barred));
    }
    if (const auto agent = decode_agent("web-1", row)) {
        const auto again = decode_agent("web-1", encode(*agent));
        expect(again && encode(*again) == encode(*agent));
    }
}

void read_keys(std::string_view key) {
    static_cast<void>(keys::read_cursor(key));
    static_cast<void>(keys::read_head(key));
    static_cast<void>(keys::read_series(key));
    static_cast<void>(keys::read_posting(key));
    static_cast<void>(keys::read_number(key));
    static_cast<void>(keys::read_timed(key));
    static_cast<void>(read_cursor_key(key));
}

// Under a good key; keys have a reader of their own.
void read_stream_cursor(std::string_view row) {
    const auto key = keys::cursor(AgentId{"web-1"}, 1, 77);
    if (const auto one = decode_cursor_row(key, row)) {
        const auto again =
            decode_cursor_row(key, cursor_row(one->cursor.last_applied, one->moved_at, one->cursor.generation));
        expect(again && again->cursor == one->cursor && again->moved_at == one->moved_at);
        expect(one->cursor.incarnation == 77);
    }
}

// The end of a run, under a good key.
void read_run_end(std::string_view row) {
    const auto key = "r" + keys::KeyWriter().i64(1'800'000'000'000).take() + "0199";
    MemoryStore store;
    StoreBatch batch;
    batch.put(Family::silences, key, std::string(row));
    expect(store.commit(batch).has_value());
    std::vector<DamagedRow> damaged;
    const auto spans = list_run_spans(store, WallTime{}, &damaged);
    expect(spans && spans->size() + damaged.size() == 1);
    if (!spans->empty()) {
        expect(spans->front().begun_at >= WallTime{} && spans->front().lease.count() >= 0);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::string_view row(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0] % 7) {
        case 0:
            read_alerts(row);
            break;
        case 1:
            read_identities(row);
            break;
        case 2:
            read_keys(row);
            break;
        case 3:
            static_cast<void>(decode_run("20270101T000000Z-1", row));
            static_cast<void>(decode_cursor(row));
            read_run_end(row);
            break;
        case 4:
            static_cast<void>(read_host(keys::agent(AgentId{"web-1"}), row));
            break;
        case 5:
            static_cast<void>(read_event(keys::timed(wall_from_unix_ms(1'800'000'000'000), 1), row));
            break;
        default:
            read_stream_cursor(row);
    }
    return 0;
}
