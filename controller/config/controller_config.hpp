// The controller's configuration: /etc/vigie/controller.conf.d/*.yaml.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "shared/config/documents.hpp"
#include "shared/core/error.hpp"
#include "shared/core/time.hpp"
#include "shared/core/units.hpp"
#include "shared/os/files.hpp"

namespace vigie::controller {

struct WebhookConfig {
    std::string name;
    std::string url;  // may hold a secret: never logged whole. From `url`, or the first line of `url_file`.
    bool is_resolved_sent = true;                // `send_resolved`
    std::map<std::string, std::string> headers;  // may hold secrets too
    milliseconds timeout{10s};                   // for a whole exchange
    std::string ca_file;                         // PEM; empty: the system's
    bool is_called_only = false;                 // `called_only`: hears of no alert but when it is called
};

// Alerts of a host that are held back while a run is under way there: `holds` of a schedule.
struct HoldsConfig {
    struct Alerts {
        std::string matchers;  // as an alertmanager.yml has them; controller/maintenance reads them
        std::string place;     // "controller.yaml:7: alerts"
    };
    std::vector<Alerts> alerts;  // each entry by itself
    // After the end of the run: what rules look back over is 5 minutes more often than not.
    milliseconds grace{5min};
};

// Whom the controller tells that it does its work, under `heartbeat:`.
struct HeartbeatConfig {
    std::string url{};  // a secret, as a webhook's
    milliseconds every{1min};
    std::string method = "POST";  // or GET
    std::map<std::string, std::string> headers{};
    milliseconds timeout{10s};
    std::string ca_file{};
    std::string place{};  // for messages: "controller.yaml:7: heartbeat"
};

struct ScheduleConfig {
    std::string name;
    std::string job;                              // a job of the hosts' own configuration
    std::map<std::string, std::string> selector;  // labels a host must have; empty: every host
    std::string when;                             // as shared/calendar reads it
    std::string misfire = "latest";               // skip, latest or all
    std::string indeterminate = "fail";           // rerun, fail or ask
    std::map<std::string, std::string> parameters;
    milliseconds timeout{0};             // 0: the job's own
    std::optional<HoldsConfig> holds{};  // nothing is held without it
    std::string file;                    // where it stands, for messages
    int line = 0;
    int when_line = 0;
};

// Somebody who may connect from elsewhere, under `operators: keys:`.
struct OperatorConfig {
    std::string name;
    std::string key;    // public
    std::string role;   // viewer, operator or admin
    std::string place;  // where it stands, for messages: "controller.yaml:7: operators"
};

// The port for Grafana and whoever else speaks Prometheus' API, under `http:`.
struct HttpConfig {
    std::string listen = "127.0.0.1:7414";
    std::string token_file;          // its first line must come with each request; empty: none is asked for
    std::vector<std::string> hosts;  // names under which the port is reached, beside localhost and addresses
    std::string place;               // for messages: "controller.yaml:7: http"
};

struct RuleFileConfig {
    std::string path;
    std::string place;  // where it is named, for messages: "controller.yaml:7: rule_files"
};

// What a rule file cannot say of one of its alerting rules, under `rule_settings`.
struct RuleSettingConfig {
    std::string name;                           // of the setting: the three that name the rule, for messages
    std::string alert;                          // the rule's name
    std::string group;                          // empty: whichever
    std::map<std::string, std::string> labels;  // that the rule sets, as the file writes them
    std::string clear;                          // PromQL; empty: none
    bool is_damped = true;                      // `damp_flapping`
    std::string place;                          // for messages: "controller.yaml:7: rule_settings"
    std::string clear_place;
};

struct AlertmanagerFileConfig {
    std::string path;
    std::string place;  // "controller.yaml:7: alertmanager_file"
};

// Of a grace, so that a slip holds nothing for weeks.
constexpr milliseconds grace_max = std::chrono::hours{24};

struct ControllerConfig {
    std::string path;  // what it was read from
    std::string state_dir = "/var/lib/vigie/controller";
    std::string listen = "tcp://0.0.0.0:7411";
    std::string enrol_listen = "tcp://0.0.0.0:7412";
    std::string public_endpoint;  // told to agents at enrolment; empty: the address they enrolled at
    std::string external_url;     // of this controller, in messages to webhooks; empty: http:// and the machine's name
    std::map<std::string, std::string> external_labels;  // of this controller: in each message, and in templates
    std::string operator_socket = "/run/vigie/operator.sock";
    std::string operator_group;    // its members may change things; others with access to the socket may look
    std::string operators_listen;  // `operators: listen:`; empty: there is no port for them
    std::vector<OperatorConfig> operators;
    std::optional<HttpConfig> http;  // without it there is no such port
    milliseconds audit_retention{std::chrono::hours{24 * 400}};
    milliseconds heartbeat_interval{10s};
    milliseconds restart_grace{5min};
    milliseconds raw_retention{std::chrono::hours{24 * 15}};
    milliseconds five_minute_retention{std::chrono::hours{24 * 90}};
    milliseconds hour_retention{std::chrono::hours{24 * 800}};
    milliseconds seal_after{10min};  // how long samples are waited for before they are compressed
    std::string log_file;
    std::string log_level = "info";
    std::vector<RuleFileConfig> rule_files;
    std::vector<RuleSettingConfig> rule_settings;
    std::vector<WebhookConfig> webhooks;
    std::optional<HeartbeatConfig> heartbeat;
    std::optional<AlertmanagerFileConfig> alertmanager_file;
    std::vector<ScheduleConfig> schedules;
    std::vector<config::Document> oncall;       // what stands under `oncall` in each file, for controller/oncall
    std::vector<config::Document> maintenance;  // likewise, for controller/maintenance
};

// Reads one file, or a folder of them: later files override single values, lists add up. Errors name file, line and
// key.
Result<ControllerConfig> load_controller_config(Files& files, const std::string& path);

}  // namespace vigie::controller
