// A row: a version, the time, the number of messages, then both sets.
#include "controller/notify/told.hpp"

#include "controller/alerts/label_rows.hpp"
#include "controller/store/keys.hpp"

namespace vigie::controller::notify {
namespace {

constexpr uint8_t row_version = 1;
constexpr char row_kind = 'n';

void write_set(keys::KeyWriter& row, const std::set<uint64_t>& set) {
    row.u32(static_cast<uint32_t>(set.size()));
    for (const auto one : set) {
        row.u64(one);
    }
}

std::set<uint64_t> read_set(keys::KeyReader& row) {
    std::set<uint64_t> set;
    const auto count = row.u32();
    for (uint32_t i = 0; i < count && row.is_ok(); ++i) {
        set.insert(row.u64());
    }
    return set;
}

}  // namespace

uint64_t episode_of(const alerts::Notification& notification) {
    alerts::Fnv1a hash;
    hash.add(notification.alert_id).separate();
    for (const auto& [name, value] : notification.labels) {
        hash.add(name).separate().add(value).separate();
    }
    hash.add(std::to_string(unix_ms(notification.starts_at)));
    if (notification.call > 0) {
        hash.separate().add(std::to_string(notification.call));
    }
    return hash.value();
}

std::string told_key(const ToldKey& key) {
    return row_kind + keys::KeyWriter().text(key.target).text(key.group).take();
}

Result<ToldKey> read_told_key(std::string_view key) {
    keys::KeyReader reader(key.substr(std::min<size_t>(key.size(), 1)));
    ToldKey read;
    read.target = reader.text();
    read.group = reader.text();
    if (!key.starts_with(row_kind) || !reader.is_ok() || !reader.is_done()) {
        return fail(ErrorCode::corrupt, "outbox: the key of what a receiver was told is not readable");
    }
    return read;
}

std::string encode(const Told& told) {
    keys::KeyWriter row;
    row.u8(row_version).i64(unix_ms(told.at)).u64(told.messages);
    write_set(row, told.firing);
    write_set(row, told.resolved);
    return row.take();
}

Result<Told> decode_told(std::string_view bytes) {
    keys::KeyReader row(bytes);
    const auto version = row.u8();
    Told told;
    told.at = wall_from_unix_ms(row.i64());
    told.messages = row.u64();
    told.firing = read_set(row);
    told.resolved = read_set(row);
    if (!row.is_ok() || !row.is_done() || version != row_version) {
        return fail(ErrorCode::corrupt, "outbox: what a receiver was told is not readable (version {})", version);
    }
    return told;
}

}  // namespace vigie::controller::notify
