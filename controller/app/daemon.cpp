// Wiring only: what happens is decided in the rooms. The threads end in the order of ~Daemon; only then are the members
// destroyed, in the reverse of their order here, so that a commit under way finds whom it tells.
#include "controller/app/daemon.hpp"

#include <csignal>

#include "controller/app/answers_health.hpp"
#include "controller/app/answers_keys.hpp"
#include "controller/app/answers_routing.hpp"
#include "controller/app/answers_series.hpp"
#include "controller/app/configured.hpp"
#include "controller/app/http_port.hpp"
#include "controller/app/own_key.hpp"
#include "controller/app/own_metrics.hpp"
#include "controller/app/remote_operators.hpp"
#include "controller/app/rule_thread.hpp"
#include "controller/app/rules_view.hpp"
#include "controller/app/sample_path.hpp"
#include "controller/app/sealing_runner.hpp"
#include "controller/app/watch.hpp"
#include "controller/link/host_keys.hpp"
#include "controller/link/link_thread.hpp"
#include "controller/notify/curl_channel.hpp"
#include "controller/notify/notifier.hpp"
#include "controller/store/rocks_store.hpp"
#include "shared/log/log.hpp"
#include "shared/loop/line_server.hpp"
#include "shared/os/descriptors.hpp"
#include "shared/os/host_identity.hpp"

namespace vigie::controller {
namespace {

// Members of the operators' group and the controller's own may open the socket.
constexpr unsigned operator_socket_mode = 0660;

// Room for 10,000 agents that all reconnect before the kernel has taken their old connections down, three times over.
constexpr size_t descriptors_wanted = 65'536;

// So that a fleet that outgrows the process is told before agents are turned away.
Result<size_t> make_room_for_agents() {
    VIGIE_TRY(const auto limit, raise_descriptor_limit(descriptors_wanted));
    const auto agents = room_for_agents(limit);
    if (limit < descriptors_wanted) {
        log::warning("room for {} agents at once: the limit of file descriptors is {}; raise LimitNOFILE for more",
                     agents, limit);
    }
    return agents;
}

class Daemon final : public AfterCommit, public JobSender, public KeyEffects {
  public:
    explicit Daemon(const ControllerConfig& config) : config_(config) {}

    ~Daemon() override {
        queries_.reset();  // what it runs reads the store, and answers to those below
        sealing_.reset();
        http_.reset();
        desk_server_.reset();
        if (remote_) {
            remote_->stop();
        }
        if (link_) {
            link_->stop();  // no entry comes any more
        }
        if (rule_thread_) {
            rule_thread_->stop();
        }
        if (notifier_) {
            notifier_->stop();
        }
        if (committer_) {
            committer_->stop();
        }
    }

    Result<void> open() {
        // All that can be wrong with the configuration first: a refused one leaves nothing behind.
        VIGIE_TRY(const auto roles, RoleBook::open(config_.operator_group));
        VIGIE_TRY(auto rules, load_rules(files_, config_));
        VIGIE_TRY(auto plans, plans_from(config_.schedules));
        VIGIE_TRY(routing_, load_routing(files_, config_));
        VIGIE_TRY(auto receivers, receivers_of(files_, config_, routing_));
        VIGIE_TRY(auto operators, operators_of(config_));
        VIGIE_TRY(auto http, http_wish_of(config_));
        VIGIE_TRY(agents_max_, make_room_for_agents());
        VIGIE_CHECK(files_.make_directories(config_.state_dir, 0700));
        VIGIE_TRY(loop_, Loop::open());
        VIGIE_TRY(store_, RocksStore::open(join_path(config_.state_dir, "store")));
        for (const auto& note : store_->recovery_notes()) {
            log::warning("{}", note);
        }
        VIGIE_TRY(keys_, load_or_make_keys(files_, config_.state_dir, *store_));
        VIGIE_TRY(const auto folder, StateFolder::open(files_, config_.state_dir));
        folder_ = folder;
        VIGIE_CHECK(open_records(std::move(rules), plans, !receivers.empty()));
        VIGIE_CHECK(open_notifier(std::move(receivers)));
        VIGIE_CHECK(open_watch());
        VIGIE_CHECK(open_rules());
        VIGIE_CHECK(open_link());
        VIGIE_CHECK(open_desk(roles, std::move(plans)));
        VIGIE_CHECK(open_remote(std::move(operators)));
        return open_http(std::move(http));
    }

    void run() {
        const SignalWatcher on_term(*loop_, SIGTERM, [this] { loop_->stop(); });
        const SignalWatcher on_int(*loop_, SIGINT, [this] { loop_->stop(); });
        const SignalWatcher on_hup(*loop_, SIGHUP, [this] {
            if (const auto reopened = log::reopen(); !reopened) {
                log::error("{}", reopened.error().message);
            }
            reload_operators();
        });
        notifier_->start();
        watch_->start();
        sealing_->start();
        rule_thread_->start();
        link_->start();
        if (remote_) {
            remote_->start();
        }
        log::info("running endpoint={} enrol={} key={}, room for {} agents", link_->endpoint(), link_->enrol_endpoint(),
                  keys_.public_key, agents_max_);
        loop_->run();
        log::info("stopping");
    }

    // AfterCommit, on the committer's thread.
    void durable(const AgentId& agent, protocol::Stream stream, uint64_t incarnation, uint64_t seq) override {
        link_->durable(agent, stream, incarnation, seq);
    }
    void apply_failed(const AgentId& agent, protocol::Stream stream, uint64_t incarnation) override {
        link_->apply_failed(agent, stream, incarnation);
    }
    void samples_stored(std::span<const uint32_t> groups, WallTime sampled_at) override {
        rule_groups_->arrived(groups, sampled_at);
    }
    void wake_notifier() override { notifier_->wake(); }
    JobSender& job_sender() override { return *this; }

    // JobSender, on the committer's thread.
    void start(const AgentId& agent, const protocol::JobStart& message,
               std::optional<uint64_t> results_incarnation) override {
        link_->start_job(agent, message, results_incarnation);
    }
    void cancel(const AgentId& agent, const protocol::JobCancel& message) override {
        link_->cancel_job(agent, message);
    }

    // KeyEffects, on the loop.
    void key_revoked(const Revocation& revoked) override {
        link_->revoke(revoked.record.agent, revoked.keys);
        watch_->key_revoked(revoked.record.agent);
    }
    void host_removed(const Revocation& revoked) override {
        link_->revoke(revoked.record.agent, revoked.keys);
        watch_->host_removed(revoked.record.agent);
    }
    void rotation_asked(const AgentId& agent) override { link_->ask_rotation(agent); }
    void next_key_made(const std::string& public_key) override { link_->announce_next_key(public_key); }
    void use_own_keys(const protocol::KeyPair& keys, std::function<void(const Result<void>&)> then) override {
        sources_->public_key = keys.public_key;
        link_->use_keys(keys, [this, then = std::move(then)](const Result<void>& used) {
            loop_->post([this, used, then] {
                then(used);
                if (!used) {
                    log::error("{}; ending, so that a start opens the ports anew", used.error().message);
                    loop_->stop();
                }
            });
        });
    }

  private:
    Result<void> open_records(rules::RuleSet rules, const std::vector<JobPlan>& plans, bool is_paging) {
        RecordsOptions options;
        options.rules = std::move(rules);
        options.templates = template_world();
        options.plans = plans;
        options.retention = {config_.raw_retention, config_.five_minute_retention, config_.hour_retention};
        options.audit.age_max = config_.audit_retention;
        if (is_paging) {
            options.receivers.emplace_back();  // whom the routes say
        }
        VIGIE_TRY(records_, Records::open(*store_, clock_, random_, std::move(options)));
        meter_ = std::make_unique<CommitMeter>(*store_, clock_);
        committer_ = std::make_unique<Committer>(*meter_);
        SealLimits sealing;
        sealing.after = config_.seal_after;
        sealing.raw_retention = config_.raw_retention;
        sealing_ = std::make_unique<SealingRunner>(*loop_, *store_, *committer_, clock_, sealing);
        return {};
    }

    Result<void> open_notifier(std::vector<notify::Receiver> receivers) {
        VIGIE_TRY(channel_, notify::CurlChannel::open());
        notify::NotifierOptions options;
        options.receivers = std::move(receivers);
        options.external_url = external_url();
        options.routing = &routing_;
        options.external_labels = config_.external_labels;
        notifier_ =
            std::make_unique<notify::Notifier>(*store_, *committer_, clock_, random_, *channel_, std::move(options));
        return {};
    }

    rules::TemplateWorld template_world() const { return {config_.external_labels, external_url()}; }

    std::string external_url() const {
        return config_.external_url.empty() ? "http://" + host_name() : config_.external_url;
    }

    Result<void> open_rules() {
        RuleGroupsOptions options;
        options.templates = template_world();
        rule_groups_ = std::make_unique<RuleGroups>(records_->rules(), *store_, clock_, std::move(options));
        VIGIE_CHECK(rule_groups_->load());
        records_->on_own_series_changed([this](WallTime at) { rule_groups_->own_series_changed(at); });
        rule_thread_ = std::make_unique<RuleThread>(*rule_groups_, *records_, *committer_, *this, clock_);
        return {};
    }

    Result<void> open_watch() {
        VIGIE_TRY(auto fleet, load_fleet(*store_, config_.heartbeat_interval, clock_.mono()));
        watch_ = std::make_unique<Watch>(*loop_, std::move(fleet), *records_, *committer_, *this, clock_);
        return {};
    }

    Result<void> open_link() {
        path_ = std::make_unique<SamplePath>(*records_, *committer_, *this);
        enrolments_ = std::make_unique<EnrolmentWitness>(*store_, clock_);
        LinkThreadOptions options;
        options.listen = config_.listen;
        options.enrol_listen = config_.enrol_listen;
        options.public_endpoint = config_.public_endpoint;
        options.keys = keys_;
        options.note_enrolment = [this](const EnrolmentRequest& wish, const std::string& address,
                                        const protocol::Enrolled& answer,
                                        StoreBatch& batch) { return enrolments_->note(wish, address, answer, batch); };
        VIGIE_TRY(options.next_key, next_own_key(files_, config_.state_dir));
        options.session.heartbeat_interval = config_.heartbeat_interval;
        cursors_ = std::make_unique<StoreCursors>(*store_);
        VIGIE_TRY(link_, LinkThread::open(options, *store_, *committer_, *path_, *cursors_, *watch_, clock_, random_));
        return {};
    }

    Result<void> open_desk(const RoleBook& roles, std::vector<JobPlan> plans) {
        sources_ = std::make_unique<Sources>(Sources{.loop = *loop_,
                                                     .clock = clock_,
                                                     .random = random_,
                                                     .store = *store_,
                                                     .commits = *committer_,
                                                     .records = *records_,
                                                     .watch = *watch_,
                                                     .after = *this,
                                                     .notifier_status = [this] { return notifier_->status(); },
                                                     .is_store_full = [this] { return store_->is_full(); },
                                                     .state_folder_problem = [this] { return folder_->problem(); },
                                                     .handshakes = [this] { return link_->counts().handshakes; },
                                                     .recovery_notes = store_->recovery_notes(),
                                                     .plans = std::move(plans),
                                                     .schedules = config_.schedules,
                                                     .endpoint = link_->endpoint(),
                                                     .enrol_endpoint = link_->enrol_endpoint(),
                                                     .operators_endpoint = {},
                                                     .http_endpoint = {},
                                                     .operators_cut = [this] { return remote_ ? remote_->cuts() : 0; },
                                                     .public_key = keys_.public_key,
                                                     .started_at = clock_.wall()});
        witness_ = std::make_unique<Witness>(*store_, *committer_, clock_, [this](Task task) { loop_->post(task); });
        desk_ = std::make_unique<Desk>(roles, *witness_);
        add_status_answers(*desk_, *sources_);
        add_host_answers(*desk_, *sources_);
        add_alert_answers(*desk_, *sources_);
        add_job_answers(*desk_, *sources_);
        add_run_answers(*desk_, *sources_);
        add_health_answers(*desk_, *sources_);
        add_audit_answers(*desk_, *sources_);
        add_rule_answers(*desk_, *sources_);
        routing_sources_ = std::make_unique<RoutingSources>(
            RoutingSources{.routing = routing_, .webhooks = config_.webhooks, .silences_changed = [this] {
                               notifier_->silences_changed();
                           }});
        add_silence_answers(*desk_, *sources_, *routing_sources_);
        add_route_answers(*desk_, *sources_, *routing_sources_);
        key_sources_ = std::make_unique<KeySources>(KeySources{files_, config_.state_dir, *this});
        add_token_answers(*desk_, *sources_);
        add_key_answers(*desk_, *sources_, *key_sources_);
        add_controller_key_answers(*desk_, *sources_, *key_sources_);
        queries_ = std::make_unique<QueryRunner>(*loop_, *store_, clock_);
        add_query_answers(*desk_, *queries_, clock_);
        add_series_answers(*desk_, *sources_, *queries_);
        VIGIE_CHECK(files_.make_directories(parent_of(config_.operator_socket), 0755));
        VIGIE_TRY(desk_server_,
                  LineServer::open(*loop_, config_.operator_socket, operator_socket_mode,
                                   [this](const PeerCredentials& peer, std::string_view line,
                                          const LineServer::Reply& reply) { desk_->take(peer, line, reply); }));
        return roles.let_in(config_.operator_socket);
    }

    Result<void> open_remote(OperatorBook book) {
        VIGIE_CHECK(note_book(*store_, book, *witness_));
        if (config_.operators_listen.empty()) {
            return {};
        }
        OperatorPortOptions options;
        options.listen = config_.operators_listen;
        options.keys = keys_;
        VIGIE_TRY(remote_, RemoteOperators::open(options, std::move(book), *loop_, *desk_, *witness_, clock_));
        sources_->operators_endpoint = remote_->endpoint();
        return {};
    }

    Result<void> open_http(std::optional<HttpWish> wish) {
        if (wish) {
            VIGIE_TRY(http_, HttpPort::open(std::move(*wish), *loop_,
                                            {.store = *store_,
                                             .clock = clock_,
                                             .runner = *queries_,
                                             .rules = [this] { return rules_view(*records_, *store_); },
                                             .metrics = [this] { return own_metrics(metrics_sources()); }}));
            sources_->http_endpoint = http_->endpoint();
            log::info("answering HTTP on {}", http_->endpoint());
        }
        return {};
    }

    OwnMetricsSources metrics_sources() {
        return {.answers = *sources_,
                .commits = *meter_,
                .queries = *queries_,
                .link = [this] { return link_->counts(); },
                .commits_queued = [this] { return committer_->queued(); },
                .front = [this] { return http_->front_counts(); },
                .http = [this] { return http_->server_counts(); },
                .store_folder = join_path(config_.state_dir, "store")};
    }

    // Only their keys: all else of the configuration holds from the next start.
    void reload_operators() {
        const auto config = load_controller_config(files_, config_.path);
        auto book = config ? operators_of(*config) : Result<OperatorBook>(fail(config.error()));
        if (!book) {
            return log::error("operators' keys stay as they were: {}", book.error().message);
        }
        if (config->operators_listen != config_.operators_listen) {
            log::warning("operators.listen is another one, which holds from the next start");
        }
        if (remote_) {
            remote_->replace(std::move(*book));
        }
    }

    const ControllerConfig& config_;
    SystemClock clock_;
    SystemRandom random_;
    SystemFiles files_;
    routing::Routing routing_;
    protocol::KeyPair keys_;
    size_t agents_max_ = 0;  // connected at once
    std::unique_ptr<Loop> loop_;
    std::unique_ptr<RocksStore> store_;
    std::optional<StateFolder> folder_;
    std::unique_ptr<Records> records_;
    std::unique_ptr<CommitMeter> meter_;
    std::unique_ptr<Committer> committer_;
    std::unique_ptr<notify::CurlChannel> channel_;
    std::unique_ptr<notify::Notifier> notifier_;
    std::unique_ptr<Watch> watch_;
    std::unique_ptr<RuleGroups> rule_groups_;
    std::unique_ptr<RuleThread> rule_thread_;
    std::unique_ptr<SamplePath> path_;
    std::unique_ptr<StoreCursors> cursors_;
    std::unique_ptr<EnrolmentWitness> enrolments_;
    std::unique_ptr<LinkThread> link_;
    std::unique_ptr<Sources> sources_;
    std::unique_ptr<Witness> witness_;
    std::unique_ptr<KeySources> key_sources_;
    std::unique_ptr<RoutingSources> routing_sources_;
    std::unique_ptr<Desk> desk_;
    std::unique_ptr<RemoteOperators> remote_;
    std::unique_ptr<LineServer> desk_server_;
    std::unique_ptr<QueryRunner> queries_;
    std::unique_ptr<SealingRunner> sealing_;
    std::unique_ptr<HttpPort> http_;
};

}  // namespace

Result<void> run_daemon(const ControllerConfig& config) {
    Daemon daemon(config);
    VIGIE_CHECK(daemon.open());
    daemon.run();
    return {};
}

}  // namespace vigie::controller
