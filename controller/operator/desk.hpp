// Who may ask what. Knows roles and verbs; not what the answers are made of.
#pragma once
#include <functional>
#include <map>
#include <set>

#include "controller/operator/requests.hpp"
#include "shared/core/nearest.hpp"
#include "shared/loop/line_server.hpp"

namespace vigie::controller {

enum class Role { viewer, operator_, admin };

// root and the controller's own user are admins; members of the operators' group are operators; whoever else may open
// the socket is a viewer.
class RoleBook {
  public:
    // A group that does not exist is an error naming it. An empty name: no operators besides admins.
    static Result<RoleBook> open(const std::string& operator_group);
    Role role_of(const PeerCredentials& peer) const;
    // Lets the operators' group open the socket at `path`. denied: this process may give nothing to that group.
    Result<void> let_in(const std::string& path) const;

  private:
    unsigned own_uid_ = 0;
    unsigned group_ = UINT32_MAX;
    std::set<unsigned> members_;  // uids with it as a supplementary group
};

class Desk {
  public:
    using Respond = std::function<void(Result<Json>)>;
    using Handler = std::function<void(const Request&, Respond)>;
    using Query = std::function<Result<Json>(const Request&)>;

    explicit Desk(RoleBook roles) : roles_(std::move(roles)) {}

    // A verb that answers at once. `arguments`: the names it takes. Others are refused: an older controller that passed
    // over a newer client's selection would act on too much.
    void answer(const std::string& verb, Role least, Words arguments, Query query);
    // A verb that answers later, such as after a commit.
    void handle(const std::string& verb, Role least, Words arguments, Handler handler);

    // One line of a peer. Unknown verbs and arguments, missing roles and malformed lines are answered with an error.
    void take(const PeerCredentials& peer, std::string_view line, const LineServer::Reply& reply) const;

  private:
    struct Entry {
        Role least;
        Words arguments;
        Handler handler;
    };
    RoleBook roles_;
    std::map<std::string, Entry, std::less<>> verbs_;
};

}  // namespace vigie::controller
