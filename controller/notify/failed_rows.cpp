#include "controller/notify/failed_rows.hpp"

#include "controller/store/keys.hpp"

namespace vigie::controller::notify {
namespace {

constexpr uint8_t row_version = 1;

Result<FailedDelivery> decode(std::string_view key, std::string_view bytes) {
    keys::KeyReader row(bytes);
    const auto version = row.u8();
    FailedDelivery failed;
    failed.at = wall_from_unix_ms(row.i64());
    failed.status = static_cast<int>(row.u32());
    failed.reason = row.bytes();
    const auto notification = row.bytes();
    if (!row.is_ok() || !row.is_done() || version != row_version) {
        return fail(ErrorCode::corrupt, "outbox: a failed delivery is not readable (version {})", version);
    }
    VIGIE_TRY(failed.number, alerts::read_outbox_key(key));
    VIGIE_TRY(failed.notification, alerts::decode_notification(notification));
    return failed;
}

}  // namespace

void put_failed(StoreBatch& batch, const GivenUp& given_up, WallTime at) {
    keys::KeyWriter row;
    row.u8(row_version).i64(unix_ms(at)).u32(static_cast<uint32_t>(given_up.status)).bytes(given_up.reason);
    row.bytes(alerts::encode(given_up.notification));
    batch.put(Family::outbox, alerts::failed_key(given_up.number), row.take());
    if (given_up.number > failed_kept_max) {
        batch.erase_range(Family::outbox, alerts::failed_key(0), alerts::failed_key(given_up.number - failed_kept_max));
    }
}

Result<std::vector<FailedDelivery>> list_failed(const StateStore& store) {
    std::vector<FailedDelivery> all;
    Result<void> outcome;
    VIGIE_CHECK(
        store.scan(Family::outbox, "f", keys::after_prefix("f"), [&](std::string_view key, std::string_view row) {
            auto failed = decode(key, row);
            if (!failed) {
                outcome = fail(failed.error());
                return false;
            }
            all.push_back(std::move(*failed));
            return true;
        }));
    VIGIE_CHECK(outcome);
    return all;
}

}  // namespace vigie::controller::notify
