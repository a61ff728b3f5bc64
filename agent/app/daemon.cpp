// Wiring only: what happens is decided in the rooms.
#include "agent/app/daemon.hpp"

#include <csignal>

#include "agent/app/application_room.hpp"
#include "agent/app/check_events.hpp"
#include "agent/app/check_keeper.hpp"
#include "agent/app/deadman_room.hpp"
#include "agent/app/error_events.hpp"
#include "agent/app/error_room.hpp"
#include "agent/app/host_readings.hpp"
#include "agent/app/outbox_care.hpp"
#include "agent/app/sample_path.hpp"
#include "agent/apps/applications.hpp"
#include "agent/deadman/page_url.hpp"
#include "agent/jobs/job_runner.hpp"
#include "agent/link/identity_keys.hpp"
#include "agent/link/link.hpp"
#include "agent/outbox/agent_state.hpp"
#include "agent/systemd/unit_source.hpp"
#include "protocol/codec/codec.hpp"
#include "shared/log/log.hpp"
#include "shared/loop/loop.hpp"
#include "shared/os/host_identity.hpp"
#include "shared/os/memory.hpp"
#include "shared/os/secret_file.hpp"

namespace vigie::agent {
namespace {

// With the second one behind it the agent is at rest: files are open, keys shaken hands on, series known.
constexpr int readings_until_rest = 2;

// Who cannot page must not be appointed for it.
bool can_page(const DeadmanOptions& deadman) {
    if (!deadman.is_wanted()) {
        return false;
    }
    const auto url = read_secret_file(deadman.url_file, page_url_file_max).and_then([&](const std::string& text) {
        return page_url_of(text, deadman.url_file);
    });
    if (!url) {
        log::error("deadman: this agent does not page when the controller is silent: {}; mend it and send SIGHUP",
                   url.error().message);
    }
    return url.has_value();
}

protocol::Hello hello_of(const AgentConfig& config, const JobTable& jobs) {
    protocol::Hello hello;
    hello.agent_version = VIGIE_VERSION;
    hello.boot_id = boot_id();
    hello.labels = config.labels;
    hello.jobs = jobs.names();
    if (can_page(config.deadman)) {
        hello.features.emplace_back(protocol::feature_deadman);
    }
    return hello;
}

std::string encode_report(const protocol::RunReport& report) {
    return protocol::encode_entry(protocol::Entry{report});
}

class Daemon {
  public:
    Daemon(AgentConfig config, std::string config_path)
        : config_(std::move(config)), config_path_(std::move(config_path)) {}

    Result<void> open() {
        VIGIE_CHECK(files_.make_directories(config_.state_dir, 0700));
        VIGIE_TRY(const auto identity, load_identity(files_, identity_folder(config_)));
        VIGIE_TRY(loop_, Loop::open());
        VIGIE_TRY(auto context, protocol::Context::open(1));
        context_.emplace(std::move(context));
        AgentStateOptions kept;
        kept.file_max = config_.outbox_max;
        VIGIE_TRY(state_,
                  AgentState::open(join_path(config_.state_dir, "outbox.db"), kept, random_, clock_, encode_report));
        units_ = std::make_unique<UnitSource>(*loop_, files_, unit_source_options(config_.collect));
        VIGIE_TRY(readings_, HostReadings::open(*loop_, config_.collect, {}, *units_, [this] { send_reading(); }));
        host_ = identity.agent.value;
        VIGIE_TRY(auto keys, IdentityKeys::open(files_, identity_folder(config_), identity));
        keys_.emplace(std::move(keys));
        VIGIE_TRY(auto jobs, JobTable::make(with_host_name(config_.jobs, host_)));
        open_care();
        configure_applications();
        open_link(identity, jobs);
        open_jobs(std::move(jobs));
        open_checks();
        open_deadman();
        open_errors();
        return jobs_->recover();
    }

    // Until a signal, or until the outbox can be used no more.
    Result<void> run() {
        const SignalWatcher on_term(*loop_, SIGTERM, [this] { shut_down("SIGTERM"); });
        const SignalWatcher on_int(*loop_, SIGINT, [this] { shut_down("SIGINT"); });
        const SignalWatcher on_hup(*loop_, SIGHUP, [this] { reload(); });
        Timer collect(*loop_, [this] { begin_reading(); });
        collect.start_every(config_.interval);
        link_->start();
        begin_reading();
        log::info("running interval={} controller={}", format_duration(config_.interval), config_.controller);
        loop_->run();
        error_room_.reset();
        link_.reset();
        deadman_.reset();
        checks_.reset();
        jobs_.reset();
        log::info("stopped");
        return outcome_;
    }

  private:
    void open_link(const Identity& identity, const JobTable& jobs) {
        if (config_.controller.empty()) {
            config_.controller = identity.endpoint;
        }
        LinkOptions options;
        options.endpoint = config_.controller;
        options.identity = hello_of(config_, jobs);
        link_ = std::make_unique<Link>(
            *loop_, *context_, state_->outbox(), *keys_, clock_, random_, std::move(options),
            LinkCallbacks{
                .start_job = [this](const protocol::JobStart& start) { jobs_->start(start); },
                .cancel_job = [this](const protocol::JobCancel& cancel) { jobs_->cancel(cancel); },
                .stream_renewed = [this](protocol::Stream stream) { care_->note_renewal(stream); },
                .outbox_failed = [this](const Error& error) { look_into(error); },
                .pong_told = [this](const protocol::Pong& pong) { note_heard(pong); },
                .turned_away = [this] { note_heard({}); },
            });
    }

    // A host that was removed is no deputy any more, though nobody could tell it so.
    void note_heard(const protocol::Pong& pong) {
        if (deadman_) {
            deadman_->heard(pong);
        }
    }

    void open_deadman() {
        deadman_.reset();
        if (config_.deadman.is_wanted()) {
            deadman_ = std::make_unique<DeadmanRoom>(
                *children_, files_, clock_,
                DeadmanSetup{.options = config_.deadman,
                             .facts = {.host = host_, .controller = config_.controller},
                             .worker = config_.worker,
                             .state_file = join_path(config_.state_dir, "deadman.state")});
        }
    }

    void open_care() {
        care_ = std::make_unique<OutboxCare>(
            *state_, clock_,
            OutboxCareCallbacks{
                .replaced = [this] { link_->outbox_replaced(); },
                .appended = [this](protocol::Stream stream) { link_->notify_appended(stream); },
                .cannot_go_on =
                    [this](const Error& error) {
                        outcome_ = fail(error);
                        loop_->stop();
                    },
            });
    }

    // Later, since the link is at work on the outbox; once, since what fails once fails again until then.
    void look_into(const Error& error) {
        if (error.code == ErrorCode::corrupt && !std::exchange(is_looking_into_, true)) {
            loop_->post([this, error] {
                is_looking_into_ = false;
                care_->note_failure(error);
            });
        }
    }

    void open_jobs(JobTable jobs) {
        children_.emplace(*loop_);
        JobRunnerOptions options;
        options.worker = config_.worker;
        jobs_ = std::make_unique<JobRunner>(
            *children_, state_->runs(), clock_, std::move(jobs), std::move(options),
            JobRunner::Callbacks{
                .on_progress = [this](protocol::JobProgress progress) { link_->send_progress(std::move(progress)); },
                .on_report = [this] { link_->notify_appended(protocol::Stream::results); },
            });
    }

    void open_checks() {
        check_events_ = std::make_unique<CheckEvents>([this]() -> Outbox& { return state_->outbox(); },
                                                      [this] { link_->notify_appended(protocol::Stream::results); });
        CheckRunnerOptions options;
        options.worker = config_.worker;
        check_keeper_ = std::make_unique<CheckKeeper>(*children_, files_, join_path(config_.state_dir, "checks.state"),
                                                      [this] { return checks_->remembered(); });
        checks_ = std::make_unique<CheckRunner>(
            *children_, clock_, std::move(options), [this](const CheckEvent& event) { check_events_->tell(event); },
            [this] { check_keeper_->note_change(); });
        checks_->recall(check_keeper_->load());
        checks_->set_checks(config_.checks);
    }

    // What is not asked for costs nothing.
    void open_errors() {
        if (!error_events_) {
            error_events_ = std::make_unique<ErrorEvents>([this]() -> Outbox& { return state_->outbox(); },
                                                          [this] { link_->notify_appended(protocol::Stream::logs); });
        }
        error_room_.reset();
        if (config_.log_errors.is_anything()) {
            error_room_ = std::make_unique<ErrorRoom>(
                *loop_, files_, clock_,
                ErrorRoomSetup{.options = config_.log_errors,
                               .positions_file = join_path(config_.state_dir, "errors.positions")},
                ErrorRoomCallbacks{
                    .tell = [this](const errors::ErrorReport& report) { error_events_->tell(report); },
                    .notice =
                        [this](std::string notice) {
                            care_->note_event("errors", protocol::EventSeverity::warning, std::move(notice));
                        },
                });
        }
    }

    // What must be asked for is asked first, so that a reading is of one moment.
    void begin_reading() {
        if (is_leaving_) {
            return;  // the last question to systemd is say_goodbye()'s
        }
        care_->check();
        check_events_->flush();
        error_events_->flush();
        if (!readings_->has_collector("systemd")) {
            return readings_->begin();
        }
        units_->refresh([this] { readings_->begin(); });
    }

    void send_reading() {
        const bool has_room = applications_ && tell_application_room();
        const auto add_more = [this, has_room](SeriesWriter& out) {
            checks_->collect(out);
            if (error_room_) {
                error_room_->write_series(out);
            }
            if (has_room) {
                applications_->write_series(out);
            }
        };
        care_->note_reading(send_one_reading([&] { return readings_->take(add_more); }, state_->outbox(),
                                             [this](protocol::Stream stream) { link_->notify_appended(stream); }));
        if (!applications_trouble_.empty()) {
            configure_applications();
        }
        if (applications_) {
            for (auto& notice : applications_->take_notices()) {
                care_->note_event("applications", protocol::EventSeverity::warning, std::move(notice));
            }
        }
        if (readings_since_start_ < readings_until_rest && ++readings_since_start_ == readings_until_rest) {
            give_back_idle_memory();
        }
    }

    // Whether this reading has room for them; a change is told.
    bool tell_application_room() {
        const bool has_room = has_room_for_applications(state_->outbox(), config_.outbox_max);
        if (has_room != std::exchange(is_room_for_applications_, has_room)) {
            care_->note_event("applications", protocol::EventSeverity::warning,
                              has_room ? "applications' series are in the readings again"
                                       : "half of the outbox is full of what the controller has not taken: the other "
                                         "half is for the host's own series, applications' are left out");
        }
        return has_room;
    }

    // What is not asked for costs nothing. What can't be opened, such as a port that is taken, is tried again with each
    // reading: the host's own metrics must not wait for it.
    void configure_applications() {
        if (!config_.apps.is_anything()) {
            applications_.reset();
            applications_trouble_.clear();
            return;
        }
        if (!applications_) {
            applications_ = std::make_unique<Applications>(*loop_, clock_, config_.worker);
        }
        const auto configured = applications_->configure(config_.apps);
        const auto trouble = configured ? std::string() : configured.error().message;
        if (configured && !applications_trouble_.empty()) {
            log::info("applications: all that was asked for is open");
        } else if (trouble != applications_trouble_) {
            care_->note_event("applications", protocol::EventSeverity::warning, trouble);
        }
        applications_trouble_ = trouble;
    }

    void reload() {
        if (const auto reopened = log::reopen(); !reopened) {
            log::error("{}", reopened.error().message);
        }
        auto fresh = load_agent_config(files_, config_path_);
        auto jobs = fresh ? JobTable::make(with_host_name(fresh->jobs, host_)) : fail(fresh.error());
        if (!jobs) {
            return log::error("the configuration stays as it was: {}", jobs.error().message);
        }
        if (fresh->collect != config_.collect) {
            if (const auto configured = readings_->configure(fresh->collect); !configured) {
                return log::error("the configuration stays as it was: {}", configured.error().message);
            }
            config_.collect = fresh->collect;
            units_->configure(unit_source_options(config_.collect));
            if (!readings_->has_collector("systemd")) {
                units_->stop();
            }
        }
        config_.apps = std::move(fresh->apps);
        configure_applications();
        reload_trust();
        config_.labels = fresh->labels;
        if (std::exchange(config_.deadman, fresh->deadman) != fresh->deadman) {
            open_deadman();
        }
        if (std::exchange(config_.log_errors, fresh->log_errors) != fresh->log_errors) {
            open_errors();
        }
        link_->set_identity(hello_of(config_, *jobs));
        jobs_->set_jobs(std::move(*jobs));
        checks_->set_checks(std::move(fresh->checks));
        readings_since_start_ = 0;
        log::info("configuration read again");
    }

    // `vigie-agent trust` may have named another controller's key meanwhile.
    void reload_trust() {
        auto identity = read_identity(files_, identity_folder(config_));
        if (!identity) {
            return log::error("{}", identity.error().message);
        }
        keys_->reload_pinned(std::move(*identity));
    }

    void shut_down(const char* signal) {
        log::info("{}: ending", signal);
        check_keeper_->close();
        checks_->set_checks({});
        error_room_.reset();
        jobs_->shut_down([this] { say_goodbye(); });
    }

    // The controller waits longer for a host that boots than it does for one that it lost.
    void say_goodbye() {
        if (std::exchange(is_leaving_, true)) {
            return;  // a second signal
        }
        units_->refresh([this] {
            const auto& systemd = units_->reading();
            const bool is_host = systemd && systemd->is_stopping;
            link_->leave(is_host ? protocol::Leaving::host_stops : protocol::Leaving::agent_stops,
                         [this] { loop_->stop(); });
        });
    }

    AgentConfig config_;
    const std::string config_path_;
    std::string host_;  // its name in the fleet
    SystemClock clock_;
    SystemRandom random_;
    SystemFiles files_;
    std::optional<protocol::Context> context_;
    std::unique_ptr<Loop> loop_;
    std::unique_ptr<AgentState> state_;
    std::unique_ptr<UnitSource> units_;
    std::unique_ptr<HostReadings> readings_;
    std::optional<IdentityKeys> keys_;
    std::unique_ptr<Link> link_;
    std::optional<LoopChildren> children_;
    std::unique_ptr<JobRunner> jobs_;
    std::unique_ptr<CheckEvents> check_events_;
    std::unique_ptr<CheckKeeper> check_keeper_;
    std::unique_ptr<CheckRunner> checks_;
    std::unique_ptr<DeadmanRoom> deadman_;  // when it is asked for
    std::unique_ptr<OutboxCare> care_;
    std::unique_ptr<ErrorEvents> error_events_;
    std::unique_ptr<ErrorRoom> error_room_;  // when it is asked for
    std::unique_ptr<Applications> applications_;
    std::string applications_trouble_;  // why not all of it could be opened
    bool is_room_for_applications_ = true;
    bool is_looking_into_ = false;
    bool is_leaving_ = false;
    int readings_since_start_ = 0;  // or since the configuration was read again
    Result<void> outcome_;
};

}  // namespace

std::string identity_folder(const AgentConfig& config) {
    return join_path(config.state_dir, "identity");
}

Result<void> run_daemon(const AgentConfig& config, const std::string& config_path) {
    Daemon daemon(config, config_path);
    VIGIE_CHECK(daemon.open());
    return daemon.run();
}

}  // namespace vigie::agent
