// One-time tokens as operators see them.
#include "controller/link/enrolment.hpp"
#include "controller/store/keys.hpp"
#include "shared/crypto/sodium_hash.hpp"

namespace vigie::controller {
namespace {
constexpr size_t token_bytes = 16;
// So that scanners of repositories and of logs can tell a leaked token.
constexpr std::string_view token_prefix = "vigie_";
constexpr size_t id_digits_min = 4;

bool is_one_line(std::string_view text) {
    return text.find('\n') == std::string_view::npos;
}
}  // namespace

// The star that was met last is extended by one character whenever the rest does not fit.
bool is_host_in(std::string_view pattern, std::string_view host) {
    size_t p = 0;
    size_t h = 0;
    size_t star = std::string_view::npos;
    size_t star_took = 0;
    while (h < host.size()) {
        if (p < pattern.size() && (pattern[p] == '?' || (pattern[p] == host[h] && pattern[p] != '*'))) {
            ++p;
            ++h;
        } else if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            star_took = h;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            h = ++star_took;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') {
        ++p;
    }
    return p == pattern.size();
}

Result<NewToken> create_token(const TokenWish& wish, WallTime now, Random& random) {
    if (wish.ttl <= 0ms || wish.ttl > token_ttl_max) {
        return fail(ErrorCode::malformed, "a token's life must be between 1ms and {}", format_duration(token_ttl_max));
    }
    if (!is_one_line(wish.host_pattern) || !is_one_line(wish.note) || wish.host_pattern.empty()) {
        return fail(ErrorCode::malformed, "a token's host pattern and note must be one line, the pattern not empty");
    }
    auto text = std::string(token_prefix) + random.hex(token_bytes);
    NewToken made;
    made.record.hash = blake2b_hex(text);
    made.record.created_at = now;
    made.record.expires_at = now + wish.ttl;
    made.record.host_pattern = wish.host_pattern;
    made.record.note = wish.note;
    made.token = Secret(std::move(text));
    made.batch.put(Family::tokens, made.record.hash, encode(made.record));
    return made;
}

Result<std::vector<TokenRecord>> list_tokens(const StateStore& store) {
    std::vector<TokenRecord> tokens;
    Result<void> decoded;
    VIGIE_CHECK(store.scan(Family::tokens, "", "", [&](std::string_view hash, std::string_view row) {
        auto record = decode_token(hash, row);
        if (!record) {
            decoded = fail(record.error());
            return false;
        }
        tokens.push_back(std::move(*record));
        return true;
    }));
    VIGIE_CHECK(decoded);
    std::stable_sort(tokens.begin(), tokens.end(),
                     [](const auto& left, const auto& right) { return left.created_at > right.created_at; });
    return tokens;
}

Result<StoreBatch> revoke_token(const StateStore& store, std::string_view id) {
    std::vector<TokenRecord> found;
    VIGIE_TRY(const auto tokens, list_tokens(store));
    for (const auto& token : tokens) {
        if (id.size() >= id_digits_min && token.hash.starts_with(id)) {
            found.push_back(token);
        }
    }
    if (found.empty()) {
        return fail(ErrorCode::not_found, "no token whose id begins with \"{}\" ({} digits at least)", id,
                    id_digits_min);
    }
    if (found.size() > 1) {
        return fail(ErrorCode::conflict, "{} tokens begin with \"{}\": give more digits", found.size(), id);
    }
    found.front().is_revoked = true;
    StoreBatch batch;
    batch.put(Family::tokens, found.front().hash, encode(found.front()));
    return batch;
}

}  // namespace vigie::controller
