// A row: a version, then the fields. Matchers stand in it as text.
#include "controller/routing/silence.hpp"

#include <algorithm>

#include "controller/store/keys.hpp"

namespace vigie::controller::routing {
namespace {

constexpr uint8_t row_version = 1;
constexpr char row_kind = 's';  // the first byte of each key

}  // namespace

std::string_view name_of(SilenceState state) {
    switch (state) {
        case SilenceState::pending:
            return "pending";
        case SilenceState::active:
            return "active";
        case SilenceState::expired:
            return "expired";
    }
    return "unknown";
}

SilenceState state_of(const Silence& silence, WallTime at) {
    return at >= silence.ends_at    ? SilenceState::expired
           : at < silence.starts_at ? SilenceState::pending
                                    : SilenceState::active;
}

Result<void> check_silence(const Silence& silence, WallTime now) {
    VIGIE_CHECK(check_narrow(silence.matchers));
    if (silence.comment.empty()) {
        return fail(ErrorCode::malformed, "a silence needs a comment that tells others what it is for");
    }
    if (silence.ends_at <= silence.starts_at || silence.ends_at <= now) {
        return fail(ErrorCode::malformed, "a silence must end after it starts, and in the future: it would end at {}",
                    to_rfc3339(silence.ends_at));
    }
    return {};
}

bool is_silenced(const std::vector<Silence>& silences, const Labels& labels, WallTime at) {
    return std::any_of(silences.begin(), silences.end(), [&](const Silence& one) {
        return state_of(one, at) == SilenceState::active && is_match(one.matchers, labels);
    });
}

std::string silence_key(std::string_view id) {
    return fmt::format("{}{}", row_kind, id);
}

std::string encode(const Silence& silence) {
    keys::KeyWriter row;
    row.u8(row_version).bytes(silence.id).u32(static_cast<uint32_t>(silence.matchers.size()));
    for (const auto& matcher : silence.matchers) {
        row.bytes(text_of(matcher));
    }
    row.i64(unix_ms(silence.starts_at)).i64(unix_ms(silence.ends_at)).bytes(silence.author).bytes(silence.comment);
    return row.i64(unix_ms(silence.created_at)).take();
}

Result<Silence> decode_silence(std::string_view bytes) {
    keys::KeyReader row(bytes);
    const auto version = row.u8();
    if (!row.is_ok() || version != row_version) {
        return fail(ErrorCode::corrupt, "silences: a row of {} bytes is of no version that is known ({})", bytes.size(),
                    version);
    }
    Silence silence;
    silence.id = row.bytes();
    const auto count = row.u32();
    for (uint32_t i = 0; i < count && row.is_ok(); ++i) {
        const auto text = row.bytes();
        if (!row.is_ok()) {
            break;
        }
        VIGIE_TRY(auto matcher, parse_matcher(text));
        silence.matchers.push_back(std::move(matcher));
    }
    silence.starts_at = wall_from_unix_ms(row.i64());
    silence.ends_at = wall_from_unix_ms(row.i64());
    silence.author = row.bytes();
    silence.comment = row.bytes();
    silence.created_at = wall_from_unix_ms(row.i64());
    if (!row.is_ok() || !row.is_done()) {
        return fail(ErrorCode::corrupt, "silences: a row of {} bytes is not readable", bytes.size());
    }
    return silence;
}

Result<std::vector<Silence>> list_silences(const StoreReader& store, std::vector<DamagedRow>* damaged) {
    return list_readable<Silence>(store, Family::silences, silence_key(""), "silence", &decode_silence, damaged);
}

Result<void> prune_silences(const StateStore& store, WallTime now, StoreBatch& batch) {
    VIGIE_TRY(const auto all, list_silences(store));
    for (const auto& silence : all) {
        if (now - silence.ends_at > silence_kept_for) {
            batch.erase(Family::silences, silence_key(silence.id));
        }
    }
    return {};
}

}  // namespace vigie::controller::routing
