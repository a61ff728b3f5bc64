// Wiring only: what happens is decided in the rooms. The threads end in the order of ~Daemon; only then are the members
// destroyed, in the reverse of their order here, so that a commit under way finds whom it tells.
#include "controller/app/daemon.hpp"

#include <csignal>

#include "controller/app/configured.hpp"
#include "controller/app/configured_tickets.hpp"
#include "controller/app/heartbeat.hpp"
#include "controller/app/operator_room.hpp"
#include "controller/app/own_key.hpp"
#include "controller/app/rule_thread.hpp"
#include "controller/app/sample_path.hpp"
#include "controller/app/sealing_runner.hpp"
#include "controller/app/ticket_room.hpp"
#include "controller/app/watch.hpp"
#include "controller/link/host_keys.hpp"
#include "controller/link/link_thread.hpp"
#include "controller/notify/curl_channel.hpp"
#include "controller/notify/notifier.hpp"
#include "controller/store/rocks_store.hpp"
#include "shared/log/log.hpp"
#include "shared/os/descriptors.hpp"
#include "shared/os/host_identity.hpp"

namespace vigie::controller {
namespace {

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

template <typename Part>
void stop(const std::unique_ptr<Part>& part) {
    if (part) {
        part->stop();
    }
}

class Daemon final : public AfterCommit, public JobSender, public KeyEffects {
  public:
    explicit Daemon(const ControllerConfig& config) : config_(config) {}

    ~Daemon() override {
        stop(operators_);
        sealing_.reset();
        stop(link_);  // no entry comes any more
        stop(rule_thread_);
        stop(notifier_);
        stop(tickets_);
        stop(committer_);
    }

    Result<void> open() {
        // All that can be wrong with the configuration first: a refused one leaves nothing behind.
        VIGIE_TRY(const auto roles, RoleBook::open(config_.operator_group));
        VIGIE_TRY(auto rules, load_rules(files_, config_));
        VIGIE_TRY(auto plans, plans_from(config_.schedules));
        VIGIE_TRY(maintenance_, maintenance::read_maintenance(config_.maintenance, config_.schedules));
        VIGIE_TRY(routing_, load_routing(files_, config_));
        VIGIE_TRY(auto receivers, receivers_of(files_, config_, routing_));
        VIGIE_TRY(auto oncall, load_oncall(config_, receivers));
        VIGIE_TRY(auto tickets, load_tickets(files_, config_, receivers));
        VIGIE_TRY(auto operators, operators_of(config_));
        VIGIE_TRY(auto http, http_wish_of(config_));
        VIGIE_TRY(auto hook, hook_wish_of(tickets));
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
        VIGIE_CHECK(open_records(std::move(rules), plans, std::move(oncall), !receivers.empty()));
        VIGIE_TRY(tickets_, TicketRoom::open(*loop_, *store_, *committer_, clock_, random_, std::move(tickets),
                                             receivers, routing_));
        VIGIE_CHECK(open_notifier(std::move(receivers)));
        VIGIE_CHECK(open_watch());
        VIGIE_CHECK(open_rules());
        open_heartbeat();
        VIGIE_CHECK(open_link());
        return open_operators(roles, std::move(plans), {std::move(operators), std::move(http), std::move(hook)});
    }

    void run() {
        const SignalWatcher on_term(*loop_, SIGTERM, [this] { loop_->stop(); });
        const SignalWatcher on_int(*loop_, SIGINT, [this] { loop_->stop(); });
        const SignalWatcher on_hup(*loop_, SIGHUP, [this] {
            if (const auto reopened = log::reopen(); !reopened) {
                log::error("{}", reopened.error().message);
            }
            operators_->reload_operators();
        });
        notifier_->start();
        tickets_->start();
        watch_->start();
        sealing_->start();
        rule_thread_->start();
        link_->start();
        operators_->start();
        if (heartbeat_) {
            heartbeat_->start();
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
        operators_->note_public_key(keys.public_key);
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
    Result<void> open_records(rules::RuleSet rules, const std::vector<JobPlan>& plans, oncall::OnCall oncall,
                              bool is_paging) {
        RecordsOptions options;
        options.rules = std::move(rules);
        options.templates = template_world();
        options.plans = plans;
        options.retention = {config_.raw_retention, config_.five_minute_retention, config_.hour_retention};
        options.audit.age_max = config_.audit_retention;
        options.oncall = std::move(oncall);
        options.inhibit_rules = &routing_.inhibit_rules;
        options.maintenance = &maintenance_;
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
        options.maintenance = &maintenance_;
        VIGIE_TRY(options.heartbeat, heartbeat_of(config_, external_url(), clock_.wall()));
        notifier_ =
            std::make_unique<notify::Notifier>(*store_, *committer_, clock_, random_, *channel_, std::move(options));
        records_->on_run_spans_changed([this] { notifier_->silences_changed(); });
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
        rule_thread_ = std::make_unique<RuleThread>(*rule_groups_, *records_, tickets_->commits(), *this, clock_);
        return {};
    }

    void open_heartbeat() {
        if (config_.heartbeat) {
            heartbeat_ = std::make_unique<Heartbeat>(
                *loop_, *committer_, clock_, config_.heartbeat->every,
                Heartbeat::Ways{
                    .through_rules = [this](std::function<void()> on) { rule_thread_->pass(std::move(on)); },
                    .send = [this] { notifier_->beat(); }});
        }
    }

    Result<void> open_watch() {
        VIGIE_TRY(auto fleet, load_fleet(*store_, config_.heartbeat_interval, clock_.mono()));
        fleet.set_restart_grace(config_.restart_grace);
        watch_ = std::make_unique<Watch>(*loop_, std::move(fleet), *records_, tickets_->commits(), *this, clock_);
        return {};
    }

    Result<void> open_link() {
        path_ = std::make_unique<SamplePath>(*records_, tickets_->commits(), *this);
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

    Sources sources(std::vector<JobPlan> plans) {
        return {.loop = *loop_,
                .clock = clock_,
                .random = random_,
                .store = *store_,
                .commits = tickets_->commits(),
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
                .operators_cut = {},
                .public_key = keys_.public_key,
                .started_at = clock_.wall(),
                .notice_troubles = [this] { return tickets_->troubles(); }};
    }

    Result<void> open_operators(const RoleBook& roles, std::vector<JobPlan> plans, OperatorDoors doors) {
        OperatorParts parts{.config = config_,
                            .files = files_,
                            .sources = sources(std::move(plans)),
                            .book = tickets_->commits().book(),
                            .routing = routing_,
                            .maintenance = maintenance_,
                            .silences_changed = [this] { notifier_->silences_changed(); },
                            .effects = *this,
                            .committer = *committer_,
                            .meter = *meter_,
                            .keys = keys_,
                            .link = [this] { return link_->counts(); },
                            .commits_queued = [this] { return committer_->queued(); }};
        VIGIE_TRY(operators_, OperatorRoom::open(std::move(parts), roles, std::move(doors)));
        return {};
    }

    const ControllerConfig& config_;
    SystemClock clock_;
    SystemRandom random_;
    SystemFiles files_;
    routing::Routing routing_;
    maintenance::Maintenance maintenance_;
    protocol::KeyPair keys_;
    size_t agents_max_ = 0;  // connected at once
    std::unique_ptr<Loop> loop_;
    std::unique_ptr<RocksStore> store_;
    std::optional<StateFolder> folder_;
    std::unique_ptr<Records> records_;
    std::unique_ptr<CommitMeter> meter_;
    std::unique_ptr<Committer> committer_;
    std::unique_ptr<TicketRoom> tickets_;
    std::unique_ptr<notify::CurlChannel> channel_;
    std::unique_ptr<notify::Notifier> notifier_;
    std::unique_ptr<Watch> watch_;
    std::unique_ptr<RuleGroups> rule_groups_;
    std::unique_ptr<RuleThread> rule_thread_;
    std::unique_ptr<Heartbeat> heartbeat_;
    std::unique_ptr<SamplePath> path_;
    std::unique_ptr<StoreCursors> cursors_;
    std::unique_ptr<EnrolmentWitness> enrolments_;
    std::unique_ptr<LinkThread> link_;
    std::unique_ptr<OperatorRoom> operators_;
    std::unique_ptr<SealingRunner> sealing_;
};

}  // namespace

Result<void> run_daemon(const ControllerConfig& config) {
    Daemon daemon(config);
    VIGIE_CHECK(daemon.open());
    daemon.run();
    return {};
}

}  // namespace vigie::controller
