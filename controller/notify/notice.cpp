// The bytes of a notice: a version, then the fields in the order of the struct.
#include "controller/notify/notice.hpp"

#include "controller/alerts/label_rows.hpp"
#include "controller/store/keys.hpp"

namespace vigie::controller::notify {
namespace {

constexpr uint8_t row_version = 1;

}  // namespace

Message message_of(const Notice& notice) {
    alerts::Notification one;
    one.receiver = notice.receiver;
    one.is_resolved = notice.is_over;
    one.labels = {{"alertname", notice.about}};
    one.annotations = notice.fields;
    one.annotations["summary"] = notice.subject;
    one.annotations["description"] = notice.text;
    one.starts_at = notice.at;
    one.ends_at = notice.is_over ? notice.at : WallTime{};
    Message message;
    message.receiver = notice.receiver;
    message.group_key = notice.about;
    message.group_labels = one.labels;
    message.alerts.push_back(std::move(one));
    return message;
}

std::string notice_key(uint64_t number) {
    return "m" + keys::number(number);
}

Result<uint64_t> read_notice_key(std::string_view key) {
    if (!key.starts_with('m')) {
        return fail(ErrorCode::corrupt, "outbox: this is no key of a notice");
    }
    return keys::read_number(key.substr(1));
}

std::string told_notice_key(const ToldNotice& told) {
    return fmt::format("w{}{}", keys::number(told.row), told.target);
}

Result<ToldNotice> read_told_notice_key(std::string_view key) {
    if (!key.starts_with('w') || key.size() < 1 + sizeof(uint64_t)) {
        return fail(ErrorCode::corrupt, "outbox: this is no key of a notice that was told");
    }
    VIGIE_TRY(const auto row, keys::read_number(key.substr(1, sizeof(uint64_t))));
    return ToldNotice{row, std::string(key.substr(1 + sizeof(uint64_t)))};
}

std::string encode(const Notice& notice) {
    keys::KeyWriter row;
    row.u8(row_version).bytes(notice.receiver).bytes(notice.about).bytes(notice.subject).bytes(notice.text);
    alerts::write_labels(row, notice.fields);
    row.bytes(notice.json).bytes(notice.idempotency_key).i64(unix_ms(notice.at)).u8(notice.is_over ? 1 : 0);
    return row.take();
}

Result<Notice> decode_notice(std::string_view bytes) {
    keys::KeyReader row(bytes);
    const auto version = row.u8();
    Notice notice;
    notice.receiver = row.bytes();
    notice.about = row.bytes();
    notice.subject = row.bytes();
    notice.text = row.bytes();
    notice.fields = alerts::read_labels(row);
    notice.json = row.bytes();
    notice.idempotency_key = row.bytes();
    notice.at = wall_from_unix_ms(row.i64());
    notice.is_over = row.u8() != 0;
    if (!row.is_ok() || !row.is_done() || version != row_version) {
        return fail(ErrorCode::corrupt, "outbox: a notice of {} bytes is not readable (version {})", bytes.size(),
                    version);
    }
    return notice;
}

}  // namespace vigie::controller::notify
