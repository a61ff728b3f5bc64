// A row: a version, then the fields in the order of the struct; of what may be absent first whether it is there.
#include "controller/oncall/episode.hpp"

#include "controller/store/keys.hpp"

namespace vigie::controller::oncall {
namespace {

constexpr uint8_t row_version = 1;
constexpr char row_kind = 'e';  // the first byte of each key

void write_hold(keys::KeyWriter& row, const std::optional<Hold>& hold) {
    row.u8(hold ? 1 : 0);
    if (hold) {
        row.bytes(hold->by).bytes(hold->comment).i64(unix_ms(hold->at));
        row.u8(hold->until ? 1 : 0).i64(unix_ms(hold->until.value_or(WallTime{})));
    }
}

std::optional<Hold> read_hold(keys::KeyReader& row) {
    if (row.u8() == 0) {
        return std::nullopt;
    }
    Hold hold;
    hold.by = row.bytes();
    hold.comment = row.bytes();
    hold.at = wall_from_unix_ms(row.i64());
    const bool has_end = row.u8() != 0;
    const auto until = wall_from_unix_ms(row.i64());
    hold.until = has_end ? std::optional(until) : std::nullopt;
    return hold;
}

}  // namespace

std::string episode_key(std::string_view alert_id) {
    return fmt::format("{}{}", row_kind, alert_id);
}

std::string encode(const Episode& episode) {
    keys::KeyWriter row;
    row.u8(row_version).bytes(episode.alert_id).i64(unix_ms(episode.fired_at)).bytes(episode.policy);
    row.u64(episode.taken).i64(unix_ms(episode.due_at)).i64(episode.left.count()).u8(episode.is_waiting ? 1 : 0);
    write_hold(row, episode.hold);
    row.u32(static_cast<uint32_t>(episode.called.size()));
    for (const auto& [receiver, count] : episode.called) {
        row.bytes(receiver).u32(count);
    }
    return row.take();
}

Result<Episode> decode_episode(std::string_view bytes) {
    keys::KeyReader row(bytes);
    const auto version = row.u8();
    Episode episode;
    episode.alert_id = row.bytes();
    episode.fired_at = wall_from_unix_ms(row.i64());
    episode.policy = row.bytes();
    episode.taken = row.u64();
    episode.due_at = wall_from_unix_ms(row.i64());
    episode.left = milliseconds{row.i64()};
    episode.is_waiting = row.u8() != 0;
    episode.hold = read_hold(row);
    const auto count = row.u32();
    for (uint32_t i = 0; i < count && row.is_ok(); ++i) {
        auto receiver = row.bytes();
        episode.called[std::move(receiver)] = row.u32();
    }
    if (!row.is_ok() || !row.is_done() || version != row_version) {
        return fail(ErrorCode::corrupt, "oncall: an escalation of {} bytes is not readable (version {})", bytes.size(),
                    version);
    }
    return episode;
}

Result<std::vector<Episode>> list_episodes(const StoreReader& store, std::vector<DamagedRow>* damaged) {
    return list_readable<Episode>(store, Family::silences, episode_key(""), "escalation of alert", &decode_episode,
                                  damaged);
}

}  // namespace vigie::controller::oncall
