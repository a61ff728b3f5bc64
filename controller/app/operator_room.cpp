#include "controller/app/operator_room.hpp"

#include "controller/app/answers_oncall.hpp"
#include "controller/app/answers_plain.hpp"
#include "controller/app/answers_series.hpp"
#include "controller/app/answers_tickets.hpp"
#include "controller/app/answers_why.hpp"
#include "controller/app/configured.hpp"
#include "controller/app/rules_view.hpp"
#include "controller/series/warm_up.hpp"
#include "controller/store/in_memory.hpp"
#include "shared/log/log.hpp"
#include "shared/os/memory.hpp"

namespace vigie::controller {

namespace {

// What a query takes that reads a thousand series of an hour.
constexpr Bytes query_heap = 12_MiB;

// Members of the operators' group and the controller's own may open the socket.
constexpr unsigned operator_socket_mode = 0660;

}  // namespace

OperatorRoom::OperatorRoom(OperatorParts parts, const RoleBook& roles)
    : parts_(std::move(parts)),
      // Not through `this`: what the witness handed to the committer may outlive a room whose port is taken.
      witness_(parts_.sources.store, parts_.committer, parts_.sources.clock,
               [&loop = parts_.sources.loop](Task task) { loop.post(std::move(task)); }),
      desk_(roles, witness_),
      keys_{parts_.files, parts_.config.state_dir, parts_.effects},
      routing_{.routing = parts_.routing,
               .webhooks = webhooks_of_all(parts_.config),
               .silences_changed = parts_.silences_changed,
               .external_labels = parts_.config.external_labels,
               .maintenance = parts_.maintenance},
      queries_(std::make_unique<QueryRunner>(parts_.sources.loop, parts_.sources.store, parts_.sources.clock)),
      answers_(std::make_unique<QueryRunner>(parts_.sources.loop, parts_.sources.store, parts_.sources.clock,
                                             QueryLimits{}, operators_limits)) {
    parts_.sources.operators_cut = [this] { return remote_ ? remote_->cuts() : 0; };
}

Result<std::unique_ptr<OperatorRoom>> OperatorRoom::open(OperatorParts parts, const RoleBook& roles,
                                                         OperatorDoors doors) {
    std::unique_ptr<OperatorRoom> room(new OperatorRoom(std::move(parts), roles));
    room->add_answers();
    VIGIE_CHECK(room->open_socket(roles));
    VIGIE_CHECK(room->open_remote(std::move(doors.operators)));
    if (doors.http) {
        VIGIE_CHECK(room->open_http(std::move(*doors.http)));
    }
    if (doors.hook) {
        VIGIE_CHECK(room->open_hook(std::move(*doors.hook)));
    }
    room->begin_warm_up();
    return room;
}

// Beside whoever asks already: it takes one of the places for queries, for a second at most.
void OperatorRoom::begin_warm_up() {
    const auto& sources = parts_.sources;
    static_cast<void>(
        queries_->start([&store = sources.store, &clock = sources.clock](const std::atomic<bool>& cancelled) {
            static_cast<void>(warm_up(store, cancelled));
            static_cast<void>(rehearse(store, clock, cancelled));
            keep_heap(query_heap);
            // Small queries are the loop's own.
            return [&store, &clock] {
                static const std::atomic<bool> never = false;
                static_cast<void>(rehearse(InMemory(store), clock, never));
            };
        }));
}

void OperatorRoom::add_answers() {
    const auto& sources = parts_.sources;
    add_plain_answers(desk_, sources, *answers_);
    add_ticket_answers(desk_, sources, parts_.book);
    add_error_answers(desk_, sources);
    add_silence_answers(desk_, sources, routing_);
    add_maintenance_answers(desk_, sources, routing_);
    add_route_answers(desk_, sources, routing_);
    add_alert_answers(desk_, sources, routing_, *answers_);
    add_oncall_answers(desk_, sources, routing_, *answers_);
    add_token_answers(desk_, sources);
    add_key_answers(desk_, sources, keys_);
    add_controller_key_answers(desk_, sources, keys_);
    add_query_answers(desk_, *queries_, sources.clock);
    add_series_answers(desk_, sources, *queries_);
    add_why_answer(desk_, sources, routing_, *answers_);
}

Result<void> OperatorRoom::open_socket(const RoleBook& roles) {
    const auto& path = parts_.config.operator_socket;
    VIGIE_CHECK(parts_.files.make_directories(parent_of(path), 0755));
    VIGIE_TRY(socket_, LineServer::open(parts_.sources.loop, path, operator_socket_mode,
                                        [this](const PeerCredentials& peer, std::string_view line,
                                               const LineServer::Reply& reply) { desk_.take(peer, line, reply); }));
    return roles.let_in(path);
}

Result<void> OperatorRoom::open_remote(OperatorBook operators) {
    auto& sources = parts_.sources;
    VIGIE_CHECK(note_book(sources.store, operators, witness_));
    if (parts_.config.operators_listen.empty()) {
        return {};
    }
    OperatorPortOptions options;
    options.listen = parts_.config.operators_listen;
    options.keys = parts_.keys;
    VIGIE_TRY(remote_,
              RemoteOperators::open(options, std::move(operators), sources.loop, desk_, witness_, sources.clock));
    sources.operators_endpoint = remote_->endpoint();
    return {};
}

Result<void> OperatorRoom::open_http(HttpWish wish) {
    auto& sources = parts_.sources;
    VIGIE_TRY(http_,
              HttpPort::open(std::move(wish), sources.loop,
                             {.store = sources.store,
                              .clock = sources.clock,
                              .runner = *queries_,
                              .rules = [this] { return rules_view(parts_.sources.records, parts_.sources.store); },
                              .metrics = [this] { return own_metrics(metrics_sources()); }}));
    sources.http_endpoint = http_->endpoint();
    log::info("answering HTTP on {}", http_->endpoint());
    return {};
}

Result<void> OperatorRoom::open_hook(HookWish wish) {
    VIGIE_TRY(hook_, TicketHook::open(std::move(wish), parts_.sources.loop, parts_.sources.clock, desk_));
    log::info("taking what a tracker posts about tickets on {}", hook_->endpoint());
    return {};
}

OwnMetricsSources OperatorRoom::metrics_sources() {
    return {.answers = parts_.sources,
            .commits = parts_.meter,
            .queries = *queries_,
            .link = parts_.link,
            .commits_queued = parts_.commits_queued,
            .front = [this] { return http_->front_counts(); },
            .http = [this] { return http_->server_counts(); },
            .store_folder = join_path(parts_.config.state_dir, "store")};
}

void OperatorRoom::start() {
    if (remote_) {
        remote_->start();
    }
}

void OperatorRoom::stop() {
    queries_.reset();  // what they run reads the store, and answers to those below
    answers_.reset();
    http_.reset();
    hook_.reset();
    socket_.reset();
    if (remote_) {
        remote_->stop();
    }
}

void OperatorRoom::reload_operators() {
    const auto& known = parts_.config;
    const auto config = load_controller_config(parts_.files, known.path);
    auto operators = config ? operators_of(*config) : Result<OperatorBook>(fail(config.error()));
    if (!operators) {
        return log::error("operators' keys stay as they were: {}", operators.error().message);
    }
    if (config->operators_listen != known.operators_listen) {
        log::warning("operators.listen is another one, which holds from the next start");
    }
    if (remote_) {
        remote_->replace(std::move(*operators));
    }
}

}  // namespace vigie::controller
