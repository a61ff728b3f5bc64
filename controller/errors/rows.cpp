// The bytes of each row: a version, then the fields in the order of the struct.
#include "controller/errors/rows.hpp"

#include "controller/store/keys.hpp"

namespace vigie::controller::errors {
namespace {

constexpr uint8_t row_version = 1;

Result<void> check(const keys::KeyReader& row, uint8_t version, std::string_view what) {
    if (!row.is_ok() || !row.is_done() || version != row_version) {
        return fail(ErrorCode::corrupt, "errors: {} is not readable (version {})", what, version);
    }
    return {};
}

}  // namespace

std::string group_key(std::string_view fingerprint) {
    return fmt::format("g{}", fingerprint);
}
std::string sample_key(std::string_view fingerprint) {
    return fmt::format("s{}", fingerprint);
}
std::string host_key(std::string_view fingerprint, std::string_view host) {
    return fmt::format("h{}{}", fingerprint, host);
}
std::string count_key() {
    return "n";
}

std::string encode(const ErrorGroup& group) {
    keys::KeyWriter row;
    row.u8(row_version).u8(static_cast<uint8_t>(group.state)).u8(static_cast<uint8_t>(group.severity));
    row.u8(group.is_flood ? 1 : 0).bytes(group.message).bytes(group.logger).bytes(group.exception);
    row.bytes(group.code_file).u32(group.code_line).bytes(group.function).bytes(group.host).bytes(group.file);
    row.u64(group.count).u32(group.hosts).i64(unix_ms(group.first_seen)).i64(unix_ms(group.last_seen));
    row.u32(group.reopened).i64(unix_ms(group.changed_at)).bytes(group.changed_by);
    return row.take();
}

Result<ErrorGroup> decode_group(std::string_view fingerprint, std::string_view bytes) {
    keys::KeyReader row(bytes);
    const auto version = row.u8();
    const auto state = row.u8();
    const auto severity = row.u8();
    ErrorGroup group;
    group.fingerprint = fingerprint;
    group.is_flood = row.u8() != 0;
    group.message = row.bytes();
    group.logger = row.bytes();
    group.exception = row.bytes();
    group.code_file = row.bytes();
    group.code_line = row.u32();
    group.function = row.bytes();
    group.host = row.bytes();
    group.file = row.bytes();
    group.count = row.u64();
    group.hosts = row.u32();
    group.first_seen = wall_from_unix_ms(row.i64());
    group.last_seen = wall_from_unix_ms(row.i64());
    group.reopened = row.u32();
    group.changed_at = wall_from_unix_ms(row.i64());
    group.changed_by = row.bytes();
    VIGIE_CHECK(check(row, version, "a group"));
    if (state < 1 || state > 3 || severity < 1 || severity > 3) {
        return fail(ErrorCode::corrupt, "errors: group {} has an unknown state or severity", fingerprint);
    }
    group.state = static_cast<State>(state);
    group.severity = static_cast<Severity>(severity);
    return group;
}

std::string encode(const ErrorSample& sample) {
    keys::KeyWriter row;
    row.u8(row_version).bytes(sample.host).bytes(sample.file).i64(unix_ms(sample.seen_at)).bytes(sample.stack);
    return row.bytes(sample.method).bytes(sample.url).bytes(sample.client).take();
}

Result<ErrorSample> decode_sample(std::string_view bytes) {
    keys::KeyReader row(bytes);
    const auto version = row.u8();
    ErrorSample sample;
    sample.host = row.bytes();
    sample.file = row.bytes();
    sample.seen_at = wall_from_unix_ms(row.i64());
    sample.stack = row.bytes();
    sample.method = row.bytes();
    sample.url = row.bytes();
    sample.client = row.bytes();
    VIGIE_CHECK(check(row, version, "a sample"));
    return sample;
}

std::string encode(const HostShare& share) {
    return keys::KeyWriter()
        .u8(row_version)
        .u64(share.count)
        .i64(unix_ms(share.first_seen))
        .i64(unix_ms(share.last_seen))
        .take();
}

Result<HostShare> decode_share(std::string_view bytes) {
    keys::KeyReader row(bytes);
    const auto version = row.u8();
    HostShare share;
    share.count = row.u64();
    share.first_seen = wall_from_unix_ms(row.i64());
    share.last_seen = wall_from_unix_ms(row.i64());
    VIGIE_CHECK(check(row, version, "a host's share"));
    return share;
}

std::string encode_count(uint64_t count) {
    return keys::KeyWriter().u8(row_version).u64(count).take();
}

Result<uint64_t> decode_count(std::string_view bytes) {
    keys::KeyReader row(bytes);
    const auto version = row.u8();
    const auto count = row.u64();
    VIGIE_CHECK(check(row, version, "the number of groups"));
    return count;
}

Result<std::vector<ErrorGroup>> list_groups(const StoreReader& store) {
    std::vector<ErrorGroup> groups;
    Result<void> read;
    const auto prefix = group_key("");
    VIGIE_CHECK(
        store.scan(Family::errors, prefix, keys::after_prefix(prefix), [&](std::string_view key, std::string_view row) {
            auto group = decode_group(key.substr(prefix.size()), row);
            if (!group) {
                read = fail(group.error());
                return false;
            }
            groups.push_back(std::move(*group));
            return true;
        }));
    VIGIE_CHECK(read);
    return groups;
}

Result<std::optional<ErrorGroup>> find_group(const StoreReader& store, std::string_view fingerprint) {
    VIGIE_TRY(const auto row, store.get(Family::errors, group_key(fingerprint)));
    if (!row) {
        return std::nullopt;
    }
    VIGIE_TRY(auto group, decode_group(fingerprint, *row));
    return std::optional(std::move(group));
}

Result<std::optional<ErrorSample>> find_sample(const StoreReader& store, std::string_view fingerprint) {
    VIGIE_TRY(const auto row, store.get(Family::errors, sample_key(fingerprint)));
    if (!row) {
        return std::nullopt;
    }
    VIGIE_TRY(auto sample, decode_sample(*row));
    return std::optional(std::move(sample));
}

Result<std::vector<std::pair<std::string, HostShare>>> hosts_of(const StoreReader& store,
                                                                std::string_view fingerprint) {
    std::vector<std::pair<std::string, HostShare>> hosts;
    Result<void> read;
    const auto prefix = host_key(fingerprint, "");
    VIGIE_CHECK(
        store.scan(Family::errors, prefix, keys::after_prefix(prefix), [&](std::string_view key, std::string_view row) {
            const auto share = decode_share(row);
            if (!share) {
                read = fail(share.error());
                return false;
            }
            hosts.emplace_back(key.substr(prefix.size()), *share);
            return true;
        }));
    VIGIE_CHECK(read);
    return hosts;
}

}  // namespace vigie::controller::errors
