// A row: a version, then the fields in the order of the struct.
#include "controller/oncall/override.hpp"

#include "controller/store/keys.hpp"

namespace vigie::controller::oncall {
namespace {

constexpr uint8_t row_version = 1;
constexpr char row_kind = 'o';  // the first byte of each key

}  // namespace

Result<void> check_override(const Override& one, WallTime now) {
    if (one.until <= one.from || one.until <= now) {
        return fail(ErrorCode::malformed, "an override must end after it begins, and in the future: it would end at {}",
                    to_rfc3339(one.until));
    }
    if (one.until - one.from > override_max) {
        return fail(ErrorCode::malformed, "an override lasts {} at most: change the rota in the configuration instead",
                    format_duration(override_max));
    }
    return {};
}

std::string override_key(std::string_view id) {
    return fmt::format("{}{}", row_kind, id);
}

std::string encode(const Override& one) {
    keys::KeyWriter row;
    row.u8(row_version).bytes(one.id).bytes(one.rota).bytes(one.person);
    row.i64(unix_ms(one.from)).i64(unix_ms(one.until)).bytes(one.author).bytes(one.comment);
    return row.i64(unix_ms(one.created_at)).take();
}

Result<Override> decode_override(std::string_view bytes) {
    keys::KeyReader row(bytes);
    const auto version = row.u8();
    Override one;
    one.id = row.bytes();
    one.rota = row.bytes();
    one.person = row.bytes();
    one.from = wall_from_unix_ms(row.i64());
    one.until = wall_from_unix_ms(row.i64());
    one.author = row.bytes();
    one.comment = row.bytes();
    one.created_at = wall_from_unix_ms(row.i64());
    if (!row.is_ok() || !row.is_done() || version != row_version) {
        return fail(ErrorCode::corrupt, "oncall: an override of {} bytes is not readable (version {})", bytes.size(),
                    version);
    }
    return one;
}

Result<std::vector<Override>> list_overrides(const StoreReader& store, std::vector<DamagedRow>* damaged) {
    return list_readable<Override>(store, Family::silences, override_key(""), "override", &decode_override, damaged);
}

Result<void> prune_overrides(const StoreReader& store, WallTime now, StoreBatch& batch) {
    VIGIE_TRY(const auto all, list_overrides(store));
    for (const auto& one : all) {
        if (now - one.until > override_kept_for) {
            batch.erase(Family::silences, override_key(one.id));
        }
    }
    return {};
}

}  // namespace vigie::controller::oncall
