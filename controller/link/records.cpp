// Rows as lines of "name value": readable in a dump, and open for later names.
#include "controller/link/records.hpp"

#include <charconv>
#include <map>

namespace vigie::controller {
namespace {

// The text before the first `at`, and what follows it; all of it and nothing when there is none.
std::pair<std::string_view, std::string_view> cut(std::string_view text, char at) {
    const auto place = text.find(at);
    if (place == std::string_view::npos) {
        return {text, {}};
    }
    return {text.substr(0, place), text.substr(place + 1)};
}

class RowReader {
  public:
    RowReader(std::string_view what, std::string_view name, std::string_view row) : what_(what), name_(name) {
        while (!row.empty()) {
            const auto [line, rest] = cut(row, '\n');
            const auto [field, value] = cut(line, ' ');
            values_[std::string(field)] = std::string(value);
            row = rest;
        }
    }

    std::string text(const std::string& key) {
        const auto found = values_.find(key);
        if (found == values_.end()) {
            spoil(key);
            return {};
        }
        return found->second;
    }
    WallTime time(const std::string& key) {
        const auto value = text(key);
        int64_t ms = 0;
        const auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), ms);
        if (problem != std::errc{} || end != value.data() + value.size()) {
            spoil(key);
        }
        return wall_from_unix_ms(ms);
    }
    // Of a name that older rows lack.
    std::string text_or(const std::string& key, const std::string& fallback) {
        const auto found = values_.find(key);
        return found == values_.end() ? fallback : found->second;
    }
    WallTime time_or(const std::string& key, WallTime fallback) { return values_.contains(key) ? time(key) : fallback; }
    uint32_t count_or(const std::string& key, uint32_t fallback) {
        if (!values_.contains(key)) {
            return fallback;
        }
        const auto value = text(key);
        uint32_t count = 0;
        const auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), count);
        if (problem != std::errc{} || end != value.data() + value.size()) {
            spoil(key);
        }
        return count;
    }
    std::optional<WallTime> time_unless_zero(const std::string& key) {
        const auto at = time(key);
        return unix_ms(at) == 0 ? std::nullopt : std::optional(at);
    }
    Result<void> finish() const {
        if (!broken_.empty()) {
            return fail(ErrorCode::corrupt, "{} {}: no usable \"{}\"", what_, name_, broken_);
        }
        return {};
    }

  private:
    void spoil(const std::string& key) {
        if (broken_.empty()) {
            broken_ = key;
        }
    }
    std::string what_;
    std::string name_;
    std::map<std::string, std::string> values_;
    std::string broken_;
};

int64_t or_zero(const std::optional<WallTime>& at) {
    return at ? unix_ms(*at) : 0;
}
}  // namespace

std::string encode(const TokenRecord& record) {
    return fmt::format(
        "created_unix_ms {}\nexpires_unix_ms {}\nhosts {}\nnote {}\nrevoked {}\nused_unix_ms {}\nused_host {}\n"
        "used_key {}\nuses_max {}\nuses {}\n",
        unix_ms(record.created_at), unix_ms(record.expires_at), record.host_pattern, record.note,
        record.is_revoked ? 1 : 0, or_zero(record.used_at), record.used_host, record.used_key, record.uses_max,
        record.uses);
}

std::string encode(const AgentRecord& record) {
    return fmt::format(
        "key {}\nenrolled_unix_ms {}\nrevoked_unix_ms {}\nkey_unix_ms {}\nnext_key {}\nrotation_unix_ms {}\n"
        "controller_next {}\n",
        record.public_key, unix_ms(record.enrolled_at), or_zero(record.revoked_at), unix_ms(record.key_since),
        record.next_key, or_zero(record.rotation_asked_at), record.controller_next);
}

std::string encode(const TokenUse& use) {
    return fmt::format("key {}\nused_unix_ms {}\n", use.public_key, unix_ms(use.at));
}

std::string encode(const BarredKey& key) {
    return fmt::format("host {}\nbarred_unix_ms {}\nwhy {}\n", key.host.value, unix_ms(key.at), key.why);
}

Result<TokenRecord> decode_token(std::string_view hash, std::string_view row) {
    RowReader reader("token", hash.substr(0, 12), row);
    TokenRecord record;
    record.hash = hash;
    record.created_at = reader.time("created_unix_ms");
    record.expires_at = reader.time("expires_unix_ms");
    record.host_pattern = reader.text("hosts");
    record.note = reader.text("note");
    record.is_revoked = reader.text("revoked") != "0";
    record.used_at = reader.time_unless_zero("used_unix_ms");
    record.used_host = reader.text("used_host");
    record.used_key = reader.text("used_key");
    record.uses_max = reader.count_or("uses_max", 1);
    record.uses = reader.count_or("uses", record.used_at ? 1 : 0);
    VIGIE_CHECK(reader.finish());
    return record;
}

Result<AgentRecord> decode_agent(std::string_view agent, std::string_view row) {
    RowReader reader("agent", agent, row);
    AgentRecord record;
    record.agent = AgentId{std::string(agent)};
    record.public_key = reader.text("key");
    record.enrolled_at = reader.time("enrolled_unix_ms");
    record.revoked_at = reader.time_unless_zero("revoked_unix_ms");
    const auto key_since = reader.time_or("key_unix_ms", WallTime{});
    record.key_since = key_since == WallTime{} ? record.enrolled_at : key_since;
    record.next_key = reader.text_or("next_key", "");
    const auto asked_at = reader.time_or("rotation_unix_ms", WallTime{});
    record.rotation_asked_at = asked_at == WallTime{} ? std::nullopt : std::optional(asked_at);
    record.controller_next = reader.text_or("controller_next", "");
    VIGIE_CHECK(reader.finish());
    return record;
}

Result<TokenUse> decode_token_use(std::string_view host, std::string_view row) {
    RowReader reader("token's use for", host, row);
    TokenUse use{.host = std::string(host), .public_key = reader.text("key"), .at = reader.time("used_unix_ms")};
    VIGIE_CHECK(reader.finish());
    return use;
}

Result<BarredKey> decode_barred_key(std::string_view public_key, std::string_view row) {
    RowReader reader("barred key", public_key, row);
    BarredKey key{.public_key = std::string(public_key),
                  .host = AgentId{reader.text("host")},
                  .at = reader.time("barred_unix_ms"),
                  .why = reader.text("why")};
    VIGIE_CHECK(reader.finish());
    return key;
}

std::string token_use_key(std::string_view hash, std::string_view host) {
    return fmt::format("{}/{}", hash, host);
}

std::string barred_key_key(std::string_view public_key) {
    return fmt::format("barred_key/{}", public_key);
}

}  // namespace vigie::controller
