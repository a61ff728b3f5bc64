// Roles from the user database, and the table of verbs.
#include "controller/operator/desk.hpp"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>

namespace vigie::controller {
namespace {
std::string_view name_of(Role role) {
    switch (role) {
        case Role::viewer:
            return "viewer";
        case Role::operator_:
            return "operator";
        case Role::admin:
            return "admin";
    }
    return "viewer";
}

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
    handle(verb, least, std::move(arguments),
           [query = std::move(query)](const Request& request, const Respond& respond) { respond(query(request)); });
}

void Desk::handle(const std::string& verb, Role least, Words arguments, Handler handler) {
    verbs_.insert_or_assign(verb, Entry{least, std::move(arguments), std::move(handler)});
}

void Desk::take(const PeerCredentials& peer, std::string_view line, const LineServer::Reply& reply) const {
    const auto respond = [reply](const Result<Json>& answer) { reply(encode_answer(answer)); };
    auto request = decode_request(line);
    if (!request) {
        return respond(fail(request.error()));
    }
    const auto found = verbs_.find(request->verb);
    if (found == verbs_.end()) {
        return respond(fail(ErrorCode::unsupported, "this controller does not know '{}': is it older than the client?",
                            request->verb));
    }
    const auto role = roles_.role_of(peer);
    if (role < found->second.least) {
        return respond(fail(ErrorCode::denied, "{} needs the role {}; uid {} has the role {}", request->verb,
                            name_of(found->second.least), peer.uid, name_of(role)));
    }
    if (const auto known = check_arguments(*request, found->second.arguments); !known) {
        return respond(fail(known.error()));
    }
    request->user = fmt::format("{}", peer.uid);
    found->second.handler(*request, respond);
}

}  // namespace vigie::controller
