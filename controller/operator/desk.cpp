// Roles from the user database, and the table of verbs.
#include "controller/operator/desk.hpp"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>

#include "shared/log/log.hpp"

namespace vigie::controller {
namespace {
Result<void> check_arguments(const Request& request, const Words& known) {
    for (const auto& [name, value] : request.arguments.items()) {
        if (!known.contains(name)) {
            const auto near = nearest(name, known);
            return fail(ErrorCode::malformed, "{} does not take '{}'{}", request.verb, name,
                        near.empty() ? "" : fmt::format(", did you mean '{}'?", near));
        }
    }
    return {};
}
}  // namespace

Result<RoleBook> RoleBook::open(const std::string& operator_group) {
    RoleBook book;
    book.own_uid_ = geteuid();
    if (operator_group.empty()) {
        return book;
    }
    const auto* group = getgrnam(operator_group.c_str());
    if (group == nullptr) {
        return fail(ErrorCode::not_found, "operator_group: there is no group '{}' on this machine", operator_group);
    }
    book.group_ = group->gr_gid;
    for (char** member = group->gr_mem; *member != nullptr; ++member) {
        if (const auto* user = getpwnam(*member); user != nullptr) {
            book.members_.insert(user->pw_uid);
        }
    }
    return book;
}

Role RoleBook::role_of(const PeerCredentials& peer) const {
    if (peer.uid == 0 || peer.uid == own_uid_) {
        return Role::admin;
    }
    const bool is_member = group_ != UINT32_MAX && (peer.gid == group_ || members_.contains(peer.uid));
    return is_member ? Role::operator_ : Role::viewer;
}

Result<void> RoleBook::let_in(const std::string& path) const {
    if (group_ != UINT32_MAX && chown(path.c_str(), static_cast<uid_t>(-1), group_) != 0) {
        return fail(errno_error(
            errno, fmt::format("give {} to the operators' group (the controller's user must be in it)", path)));
    }
    return {};
}

void Desk::answer(const std::string& verb, Role least, Words arguments, Query query) {
    answer_later(
        verb, least, std::move(arguments),
        [query = std::move(query)](const Request& request, const Respond& respond) { respond(query(request)); });
}

void Desk::answer_later(const std::string& verb, Role least, Words arguments, Handler handler) {
    verbs_.insert_or_assign(verb, Entry{least, std::move(arguments), std::move(handler), false});
}

void Desk::answer_encoded(const std::string& verb, Role least, Words arguments, EncodedHandler handler) {
    verbs_.insert_or_assign(verb, Entry{least, std::move(arguments), nullptr, false, std::move(handler)});
}

void Desk::change(const std::string& verb, Role least, Words arguments, Handler handler) {
    verbs_.insert_or_assign(verb, Entry{least, std::move(arguments), std::move(handler), true});
}

std::map<std::string, Role> Desk::least_roles() const {
    std::map<std::string, Role> roles;
    for (const auto& [verb, entry] : verbs_) {
        roles.emplace(verb, entry.least);
    }
    return roles;
}

void Desk::take(const PeerCredentials& peer, std::string_view line, const LineServer::Reply& reply) const {
    take(Caller{.name = fmt::format("uid {}", peer.uid),
                .key = {},
                .role = roles_.role_of(peer),
                .from = "operators' socket"},
         line, reply);
}

void Desk::take(Caller caller, std::string_view line, const LineServer::Reply& reply) const {
    const auto respond = [reply](const Result<Json>& answer) { reply(encode_answer(answer)); };
    auto request = decode_request(line);
    if (!request) {
        return respond(fail(request.error()));
    }
    request->caller = std::move(caller);
    const auto found = verbs_.find(request->verb);
    if (found == verbs_.end()) {
        return respond(fail(ErrorCode::unsupported, "this controller does not know '{}': is it older than the client?",
                            request->verb));
    }
    const auto& entry = found->second;
    if (request->caller.role < entry.least) {
        auto why = fmt::format("{} needs the role {}; {} has the role {}", request->verb, name_of(entry.least),
                               request->caller.name, name_of(request->caller.role));
        return refuse(*request, Error{ErrorCode::denied, std::move(why)}, respond);
    }
    if (auto known = check_arguments(*request, entry.arguments); !known) {
        return respond(fail(std::move(known.error())));
    }
    if (entry.encoded) {
        return entry.encoded(*request, reply);
    }
    if (entry.is_change) {
        make_change(*request, entry.handler, respond);
    } else {
        entry.handler(*request, respond);
    }
}

// Refused whether it can be written down or not.
void Desk::refuse(const Request& request, Error error, const Respond& respond) const {
    const Result<Json> answer = fail(std::move(error));
    witness_.note(request, answer, [respond, answer](const Result<void>&) { respond(answer); });
}

void Desk::make_change(const Request& request, const Handler& handler, const Respond& respond) const {
    handler(request, [this, request, respond](const Result<Json>& answer) {
        if (*request.is_witnessed) {
            return respond(answer);
        }
        witness_.note(request, answer, [respond, answer, verb = request.verb](const Result<void>& noted) {
            if (noted || !answer) {
                return respond(answer);
            }
            log::error("{} is done and could not be recorded: {}", verb, noted.error().message);
            respond(fail(noted.error().at("done, but not in the audit log")));
        });
    });
}

}  // namespace vigie::controller
