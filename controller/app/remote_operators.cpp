// From a key to a caller.
#include "controller/app/remote_operators.hpp"

#include <algorithm>

#include "protocol/transport/keys.hpp"
#include "shared/core/ids.hpp"

namespace vigie::controller {
namespace {

std::set<std::string> keys_of(const OperatorBook& book) {
    std::set<std::string> keys;
    for (const auto& [key, ignored] : book) {
        keys.insert(key);
    }
    return keys;
}

// "uid 7" and "controller" are others in the audit log, and so a name is one word that begins with a letter.
bool is_operator_name(const std::string& name) {
    const auto first = name.empty() ? '\0' : name.front();
    const bool is_letter = (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z');
    return is_letter && is_agent_name(name) && name != "controller" && name != "host" && name != "uid";
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

// {name: role} of those whose role the other book does not have.
Json differing(const OperatorBook& book, const OperatorBook& other) {
    auto names = Json::object();
    for (const auto& [key, one] : book) {
        const auto found = other.find(key);
        if (found == other.end() || found->second.role != one.role || found->second.name != one.name) {
            names[one.name] = name_of(one.role);
        }
    }
    return names;
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
    std::unique_ptr<RemoteOperators> remote(new RemoteOperators(std::move(book), desk, witness));
    VIGIE_TRY(remote->port_,
              OperatorPort::open(options, std::move(keys), clock,
                                 [raw = remote.get(), &loop](std::string key, std::string address, std::string line,
                                                             OperatorPort::Reply reply) {
                                     loop.post([raw, key = std::move(key), address = std::move(address),
                                                line = std::move(line),
                                                reply = std::move(reply)] { raw->answer(key, address, line, reply); });
                                 }));
    return remote;
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
    const Json changes{{"now", differing(book, book_)}, {"before", differing(book_, book)}};
    if (changes["now"].empty() && changes["before"].empty()) {
        return;
    }
    book_ = std::move(book);
    port_->replace_keys(keys_of(book_));
    log::info("operators' keys changed: now {}, before {}", changes["now"].dump(), changes["before"].dump());
    witness_.note_own("operators.reload", changes);
}

}  // namespace vigie::controller
