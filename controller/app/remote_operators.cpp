// From a key to a caller.
#include "controller/app/remote_operators.hpp"

#include <algorithm>

#include "controller/audit/chain.hpp"
#include "controller/operator/operator_name.hpp"
#include "protocol/transport/keys.hpp"
#include "shared/crypto/sodium_hash.hpp"

namespace vigie::controller {
namespace {

std::set<std::string> keys_of(const OperatorBook& book) {
    std::set<std::string> keys;
    for (const auto& [key, ignored] : book) {
        keys.insert(key);
    }
    return keys;
}

Result<Role> check(const OperatorConfig& one) {
    if (!is_operator_name(one.name)) {
        return fail(ErrorCode::malformed,
                    "{}: name '{}': one word of letters, digits, '.', '_' and '-' that begins with a letter", one.place,
                    one.name);
    }
    if (!protocol::is_key_text(one.key)) {
        return fail(ErrorCode::malformed, "{}: key: not {} characters of Z85, such as vigie keygen prints", one.place,
                    protocol::key_text_size);
    }
    const auto role = role_named(one.role);
    if (!role) {
        return fail(ErrorCode::malformed, "{}: role '{}': must be viewer, operator or admin", one.place, one.role);
    }
    return *role;
}

constexpr std::string_view reload_verb = "operators.reload";
// Behind so many other records the book is recorded once more instead of being looked for: the start shall not wait.
constexpr size_t searched_at_start_max = 10'000;

Json row_of(const std::string& key, const RemoteOperator& one) {
    return {{"name", one.name}, {"role", name_of(one.role)}, {"key", key}};
}

// Those that the other book does not have, or has otherwise.
Json differing(const OperatorBook& book, const OperatorBook& other) {
    auto rows = Json::array();
    for (const auto& [key, one] : book) {
        const auto found = other.find(key);
        if (found == other.end() || found->second.role != one.role || found->second.name != one.name) {
            rows.push_back(row_of(key, one));
        }
    }
    return rows;
}

std::string hash_of(const OperatorBook& book) {
    return blake2b_hex(differing(book, {}).dump());
}

// Of the newest record of a book; "" when there is none among the newest records.
Result<std::string> noted_hash(const StateStore& store) {
    AuditFilter filter;
    filter.verb = reload_verb;
    filter.count_max = 1;
    AuditSearch search(store, filter);
    VIGIE_CHECK(search.step(searched_at_start_max));
    if (search.found().empty()) {
        return std::string();
    }
    const auto said = Json::parse(search.found().front().entry.arguments, nullptr, false);
    const auto hash = said.is_object() ? said.find("book") : said.end();
    return hash != said.end() && hash->is_string() ? hash->get<std::string>() : std::string();
}

std::string_view words_of(OperatorCut why) {
    switch (why) {
        case OperatorCut::flood:
            return "it went on asking more often than it may";
        case OperatorCut::unread:
            return "it asks and reads no answers";
        case OperatorCut::crowded:
            return "it was the one that was quiet for longest, and another needed its room";
        case OperatorCut::malformed:
            return "what it sent is no request";
    }
    return "";
}

// What the port says by itself.
OperatorLines lines_of(const OperatorLimits& limits) {
    return {.too_often = encode_answer(fail(ErrorCode::unavailable, "this key may ask {} times a second: wait a moment",
                                            limits.requests_per_second_max)),
            .busy = encode_answer(
                fail(ErrorCode::unavailable, "the request before on this connection has no answer yet: wait for it")),
            .too_large = encode_answer(fail(ErrorCode::too_large, "the answer is larger than {}: ask for less",
                                            format_bytes(limits.answer_max)))};
}

}  // namespace

Result<OperatorBook> operators_of(const ControllerConfig& config) {
    OperatorBook book;
    for (const auto& one : config.operators) {
        VIGIE_TRY(const auto role, check(one));
        if (!book.emplace(one.key, RemoteOperator{one.name, role}).second) {
            return fail(ErrorCode::conflict, "{}: the key of '{}' stands under another name already", one.place,
                        one.name);
        }
    }
    if (!book.empty() && config.operators_listen.empty()) {
        return fail(ErrorCode::malformed, "{}: operators.listen is missing: where shall they connect?",
                    config.operators.front().place);
    }
    return book;
}

Result<std::unique_ptr<RemoteOperators>> RemoteOperators::open(const OperatorPortOptions& options, OperatorBook book,
                                                               Loop& loop, const Desk& desk, Witness& witness,
                                                               const Clock& clock) {
    auto keys = keys_of(book);
    std::unique_ptr<RemoteOperators> remote(new RemoteOperators(std::move(book), desk, witness, clock));
    auto chosen = options;
    chosen.lines = lines_of(options.limits);
    chosen.on_cut = [raw = remote.get(), &loop](std::string key, OperatorCut why) {
        loop.post([raw, key = std::move(key), why] { raw->tell_cut(key, why); });
    };
    VIGIE_TRY(remote->port_,
              OperatorPort::open(chosen, std::move(keys), clock,
                                 [raw = remote.get(), &loop](std::string key, std::string address, std::string line,
                                                             OperatorPort::Reply reply) {
                                     loop.post([raw, key = std::move(key), address = std::move(address),
                                                line = std::move(line),
                                                reply = std::move(reply)] { raw->answer(key, address, line, reply); });
                                 }));
    return remote;
}

void RemoteOperators::tell_cut(const std::string& key, OperatorCut why) {
    if (const auto more = cuts_told_.admit(clock_.mono())) {
        const auto found = book_.find(key);
        log::warning("operators' port: cut a connection of {}: {}{}", found == book_.end() ? key : found->second.name,
                     words_of(why), log::and_more(*more));
    }
}

void RemoteOperators::answer(const std::string& key, const std::string& address, const std::string& line,
                             const OperatorPort::Reply& reply) const {
    const auto found = book_.find(key);
    if (found == book_.end()) {
        return reply(
            encode_answer(fail(ErrorCode::denied, "this key was taken out of the controller's configuration")));
    }
    desk_.take(Caller{.name = found->second.name, .key = key, .role = found->second.role, .from = address}, line,
               reply);
}

void RemoteOperators::replace(OperatorBook book) {
    const Json changes{{"now", differing(book, book_)}, {"before", differing(book_, book)}, {"book", hash_of(book)}};
    if (changes["now"].empty() && changes["before"].empty()) {
        return;
    }
    book_ = std::move(book);
    port_->replace_keys(keys_of(book_));
    log::info("operators' keys changed: now {}, before {}", changes["now"].dump(), changes["before"].dump());
    witness_.note_own(std::string(reload_verb), changes);
}

Result<void> note_book(const StateStore& store, const OperatorBook& book, Witness& witness) {
    VIGIE_TRY(const auto noted, noted_hash(store));
    const bool is_first = noted.empty() && book.empty();
    if (!is_first && noted != hash_of(book)) {
        witness.note_own(std::string(reload_verb), {{"now", differing(book, {})}, {"book", hash_of(book)}});
    }
    return {};
}

}  // namespace vigie::controller
