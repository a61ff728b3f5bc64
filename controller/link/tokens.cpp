// Tokens as operators see them.
#include "controller/link/enrolment.hpp"
#include "controller/store/keys.hpp"
#include "shared/core/harmless.hpp"
#include "shared/crypto/sodium_hash.hpp"

namespace vigie::controller {
namespace {
constexpr size_t token_bytes = 16;
// So that scanners of repositories and of logs can tell a leaked token.
constexpr std::string_view token_prefix = "vigie_";
constexpr size_t id_digits_min = 4;
// A star before and behind each letter says no more than one; it stands in tables and in the audit log.
constexpr size_t host_pattern_bytes_max = 2 * agent_name_bytes_max + 1;

bool is_plain_line(std::string_view text) {
    return std::none_of(text.begin(), text.end(),
                        [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 127; });
}

// A pattern that fits some name: its letters are those of names, and it is not too long without its stars.
bool is_host_pattern(std::string_view pattern) {
    std::string shortest;
    for (const char c : pattern) {
        if (c != '*') {
            shortest += c == '?' ? 'x' : c;
        }
    }
    const bool has_star = shortest.size() < pattern.size();
    // What a star stands for may also stand before what no name begins with.
    return is_agent_name(shortest) ||
           (has_star && (shortest.empty() || (pattern.front() == '*' && is_agent_name("x" + shortest))));
}

Result<void> check(const TokenWish& wish) {
    if (wish.ttl <= 0ms || wish.ttl > token_ttl_max) {
        return fail(ErrorCode::malformed, "--ttl: a token's life must be between 1ms and {}",
                    format_duration(token_ttl_max));
    }
    if (wish.uses < 1 || wish.uses > token_uses_max) {
        return fail(ErrorCode::malformed, "--uses: a token lets in 1 to {} hosts", token_uses_max);
    }
    if (wish.host_pattern.empty()) {
        return fail(ErrorCode::malformed, "--hosts: an empty pattern fits no host: leave it out for any host");
    }
    if (wish.host_pattern.size() > host_pattern_bytes_max) {
        return fail(ErrorCode::malformed, "--hosts: a pattern has {} bytes at most", host_pattern_bytes_max);
    }
    if (!is_host_pattern(wish.host_pattern)) {
        return fail(ErrorCode::malformed,
                    "--hosts: no host's name can match \"{}\": names have letters, digits, '.', '_' and '-' ({} at "
                    "most) and begin with none of '.' and '-'; '*' and '?' stand for others",
                    harmless(wish.host_pattern), agent_name_bytes_max);
    }
    if (!is_plain_line(wish.note) || wish.note.size() > token_note_bytes_max) {
        return fail(ErrorCode::malformed, "--note: one line of {} bytes at most, without control characters",
                    token_note_bytes_max);
    }
    return {};
}

// Rows of uses stand behind their token's.
Result<void> add_use(std::string_view key, std::string_view row, std::vector<TokenRecord>& tokens) {
    const auto slash = key.find('/');
    VIGIE_TRY(auto use, decode_token_use(key.substr(slash + 1), row));
    if (!tokens.empty() && tokens.back().hash == key.substr(0, slash)) {
        tokens.back().used_by.push_back(std::move(use));
    }
    return {};
}

Result<void> add_token(std::string_view hash, std::string_view row, std::vector<TokenRecord>& tokens) {
    VIGIE_TRY(auto token, decode_token(hash, row));
    tokens.push_back(std::move(token));
    return {};
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
    VIGIE_CHECK(check(wish));
    auto text = std::string(token_prefix) + random.hex(token_bytes);
    NewToken made;
    made.record.hash = blake2b_hex(text);
    made.record.created_at = now;
    made.record.expires_at = now + wish.ttl;
    made.record.host_pattern = wish.host_pattern;
    made.record.note = wish.note;
    made.record.uses_max = static_cast<uint32_t>(wish.uses);
    made.token = Secret(std::move(text));
    made.batch.put(Family::tokens, made.record.hash, encode(made.record));
    return made;
}

Result<std::vector<TokenRecord>> list_tokens(const StateStore& store) {
    std::vector<TokenRecord> tokens;
    Result<void> decoded;
    VIGIE_CHECK(store.scan(Family::tokens, "", "", [&](std::string_view key, std::string_view row) {
        decoded = key.find('/') == std::string_view::npos ? add_token(key, row, tokens) : add_use(key, row, tokens);
        return decoded.has_value();
    }));
    VIGIE_CHECK(decoded);
    for (auto& token : tokens) {
        if (token.used_by.empty() && token.used_at) {  // of an older version
            token.used_by.push_back({.host = token.used_host, .public_key = token.used_key, .at = *token.used_at});
        }
    }
    std::stable_sort(tokens.begin(), tokens.end(),
                     [](const auto& left, const auto& right) { return left.created_at > right.created_at; });
    return tokens;
}

Result<TokenRecord> revoke_token(const StateStore& store, std::string_view id, StoreBatch& batch) {
    std::vector<TokenRecord> found;
    VIGIE_TRY(const auto tokens, list_tokens(store));
    for (const auto& token : tokens) {
        if (id.size() >= id_digits_min && token.hash.starts_with(id)) {
            found.push_back(token);
        }
    }
    if (found.empty()) {
        return fail(ErrorCode::not_found,
                    "no token whose id begins with \"{}\" ({} digits at least): vigie enrol token list shows them",
                    harmless(id), id_digits_min);
    }
    if (found.size() > 1) {
        return fail(ErrorCode::conflict, "{} tokens begin with \"{}\": give more digits", found.size(), id);
    }
    // As the batch has it: a use that is being stored must not be forgotten.
    const auto& hash = found.front().hash;
    VIGIE_TRY(const auto row, get_through(store, batch, Family::tokens, hash));
    VIGIE_TRY(auto token, decode_token(hash, row.value_or("")));
    token.is_revoked = true;
    batch.put(Family::tokens, hash, encode(token));
    return token;
}

TokenState state_of(const TokenRecord& token, WallTime now) {
    return token.is_revoked               ? TokenState::revoked
           : token.uses >= token.uses_max ? TokenState::used
           : now >= token.expires_at      ? TokenState::expired
                                          : TokenState::active;
}

std::string_view name_of(TokenState state) {
    switch (state) {
        case TokenState::active:
            return "active";
        case TokenState::used:
            return "used";
        case TokenState::expired:
            return "expired";
        case TokenState::revoked:
            return "revoked";
    }
    return "unknown";
}

}  // namespace vigie::controller
