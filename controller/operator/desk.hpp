// Who may ask what. Knows roles and verbs; not what the answers are made of.
#pragma once
#include <functional>
#include <map>
#include <set>

#include "controller/operator/requests.hpp"
#include "shared/core/nearest.hpp"
#include "shared/loop/line_server.hpp"

namespace vigie::controller {

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

// Where what was asked is written down: changes and refusals, not questions. On the main loop.
class DeskWitness {
  public:
    virtual ~DeskWitness() = default;
    // `then` follows on the loop: once it is stored, or with what kept it from being so.
    virtual void note(const Request& request, const Result<Json>& answer, std::function<void(Result<void>)> then) = 0;
};

class Desk {
  public:
    using Respond = std::function<void(Result<Json>)>;
    using Handler = std::function<void(const Request&, Respond)>;
    using Query = std::function<Result<Json>(const Request&)>;
    using EncodedHandler = std::function<void(const Request&, const LineServer::Reply&)>;

    // Keeps the reference.
    Desk(RoleBook roles, DeskWitness& witness) : roles_(std::move(roles)), witness_(witness) {}

    // A verb that answers at once. `arguments`: the names it takes. Others are refused: an older controller that passed
    // over a newer client's selection would act on too much.
    void answer(const std::string& verb, Role least, Words arguments, Query query);
    // The same that answers later.
    void answer_later(const std::string& verb, Role least, Words arguments, Handler handler);
    // The same, for answers so large that the loop shall not encode them: `handler` replies with encode_answer's form.
    void answer_encoded(const std::string& verb, Role least, Words arguments, EncodedHandler handler);
    // A verb that changes something and answers later, after the commit. Its answer leaves when it is written down: by
    // submit_change together with the change, else by the witness.
    void change(const std::string& verb, Role least, Words arguments, Handler handler);

    // One line of a peer. Unknown verbs and arguments, missing roles and malformed lines are answered with an error.
    void take(const PeerCredentials& peer, std::string_view line, const LineServer::Reply& reply) const;
    void take(Caller caller, std::string_view line, const LineServer::Reply& reply) const;

    std::map<std::string, Role> least_roles() const;  // by verb

  private:
    struct Entry {
        Role least;
        Words arguments;
        Handler handler;
        bool is_change = false;
        EncodedHandler encoded = nullptr;  // instead of `handler`
    };
    void refuse(const Request& request, Error error, const Respond& respond) const;
    void make_change(const Request& request, const Handler& handler, const Respond& respond) const;

    RoleBook roles_;
    DeskWitness& witness_;
    std::map<std::string, Entry, std::less<>> verbs_;
};

}  // namespace vigie::controller
