// What operators and dashboards ask, put together: the desk and its answers, its socket, the operators' port, the HTTP
// port and that of a tracker. On the main loop.
#pragma once
#include "controller/app/answers_keys.hpp"
#include "controller/app/answers_routing.hpp"
#include "controller/app/http_port.hpp"
#include "controller/app/own_metrics.hpp"
#include "controller/app/remote_operators.hpp"
#include "controller/app/ticket_hook.hpp"
#include "controller/tickets/book.hpp"
#include "shared/loop/line_server.hpp"

namespace vigie::controller {

// What is referred to outlives the room.
struct OperatorParts {
    const ControllerConfig& config;
    Files& files;
    Sources sources;  // the room adds the endpoints of its ports, and operators_cut
    tickets::TicketBook& book;
    const routing::Routing& routing;
    const maintenance::Maintenance& maintenance;
    std::function<void()> silences_changed;  // after a commit
    KeyEffects& effects;
    CommitQueue& committer;  // the witness's: no ticket follows from what it writes
    const CommitMeter& meter;
    protocol::KeyPair keys;  // of the operators' port
    std::function<LinkThread::Counts()> link;
    std::function<size_t()> commits_queued;
};

// As configured, whoever may come in beside the socket.
struct OperatorDoors {
    OperatorBook operators;
    std::optional<HttpWish> http;
    std::optional<HookWish> hook;
};

class OperatorRoom {
  public:
    // Errors name the socket or the address.
    static Result<std::unique_ptr<OperatorRoom>> open(OperatorParts parts, const RoleBook& roles, OperatorDoors doors);
    ~OperatorRoom() { stop(); }
    OperatorRoom(const OperatorRoom&) = delete;
    OperatorRoom& operator=(const OperatorRoom&) = delete;

    void start();  // listens for operators elsewhere
    // Cuts what runs, and takes no more questions. Before anything ends that answers are made of.
    void stop();
    // The controller's own, from now on.
    void note_public_key(const std::string& key) { parts_.sources.public_key = key; }
    // Only operators' keys: all else of the configuration holds from the next start.
    void reload_operators();

  private:
    OperatorRoom(OperatorParts parts, const RoleBook& roles);
    void add_answers();
    void begin_warm_up();
    Result<void> open_socket(const RoleBook& roles);
    Result<void> open_remote(OperatorBook operators);
    Result<void> open_http(HttpWish wish);
    Result<void> open_hook(HookWish wish);
    OwnMetricsSources metrics_sources();

    OperatorParts parts_;
    Witness witness_;
    Desk desk_;
    const KeySources keys_;
    const RoutingSources routing_;
    std::unique_ptr<RemoteOperators> remote_;  // null: no port for them
    std::unique_ptr<LineServer> socket_;
    std::unique_ptr<QueryRunner> queries_;
    std::unique_ptr<QueryRunner> answers_;  // of what operators ask about alerts: no query holds it up
    std::unique_ptr<HttpPort> http_;        // null: none is configured
    std::unique_ptr<TicketHook> hook_;      // null: no tracker posts
};

}  // namespace vigie::controller
