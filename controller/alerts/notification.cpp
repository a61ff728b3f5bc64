// The bytes of a notification on disk: a version, then the fields in the order of the struct.
#include "controller/alerts/notification.hpp"

#include "controller/alerts/label_rows.hpp"

namespace vigie::controller::alerts {
namespace {

constexpr uint8_t row_version = 2;  // 1 lacks `call`

}  // namespace

// A receiver's name has no '+' here, so that the second call of "a" is not the first one of "a-2".
std::string idempotency_key(const Notification& notification) {
    std::string receiver;
    for (const char c : notification.receiver) {
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                              c == '_' || c == '.';
        receiver += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<uint8_t>(c));
    }
    return fmt::format("{}-{}-{}-{}{}", notification.alert_id, unix_ms(notification.starts_at),
                       notification.is_resolved ? "resolved" : "firing", receiver,
                       notification.call > 1 ? fmt::format("+{}", notification.call) : "");
}

std::string fingerprint(const Labels& labels) {
    Fnv1a hash;
    for (const auto& [name, value] : labels) {
        hash.add(name).separate().add(value).separate();
    }
    return hash.hex();
}

std::string queued_key(uint64_t number) {
    return "q" + keys::number(number);
}
std::string failed_key(uint64_t number) {
    return "f" + keys::number(number);
}

Result<uint64_t> read_outbox_key(std::string_view key) {
    if (key.empty() || (key[0] != 'q' && key[0] != 'f')) {
        return fail(ErrorCode::corrupt, "outbox: a key of an unknown kind");
    }
    return keys::read_number(key.substr(1));
}

std::string encode(const Notification& notification) {
    keys::KeyWriter row;
    row.u8(row_version).bytes(notification.receiver).bytes(notification.alert_id);
    row.u8(notification.is_resolved ? 1 : 0);
    write_labels(row, notification.labels);
    write_labels(row, notification.annotations);
    row.i64(unix_ms(notification.starts_at)).i64(unix_ms(notification.ends_at)).f64(notification.value);
    return row.u32(notification.call).take();
}

Result<Notification> decode_notification(std::string_view row) {
    keys::KeyReader reader(row);
    const auto version = reader.u8();
    Notification notification;
    notification.receiver = reader.bytes();
    notification.alert_id = reader.bytes();
    notification.is_resolved = reader.u8() != 0;
    notification.labels = read_labels(reader);
    notification.annotations = read_labels(reader);
    notification.starts_at = wall_from_unix_ms(reader.i64());
    notification.ends_at = wall_from_unix_ms(reader.i64());
    notification.value = reader.f64();
    notification.call = version == 1 ? 0 : reader.u32();
    if (!reader.is_ok() || !reader.is_done() || version < 1 || version > row_version) {
        return fail(ErrorCode::corrupt, "outbox: a notification of {} bytes is not readable (version {})", row.size(),
                    version);
    }
    return notification;
}

}  // namespace vigie::controller::alerts
