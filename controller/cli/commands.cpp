// The commands, noun by noun.
#include "controller/cli/commands.hpp"

namespace vigie::controller {

CLI::App& add_noun(CLI::App& app, const std::string& word, const std::string& help) {
    auto* noun = app.add_subcommand(word, help);
    noun->fallthrough();
    noun->require_subcommand(1);
    return *noun;
}

CLI::App* add_verb(CLI::App& noun, const std::string& word, const std::string& help, std::function<void()> choose) {
    auto* verb = noun.add_subcommand(word, help);
    verb->fallthrough();
    verb->callback(std::move(choose));
    return verb;
}

void add_required(CLI::App* verb, const std::string& word, std::string& target, const std::string& help) {
    const auto is_given = [](const std::string& text) { return std::string(text.empty() ? "must not be empty" : ""); };
    verb->add_option(word, target, help)->required()->check(CLI::Validator(is_given, ""));
}

void add_host_commands(CLI::App& app, Options& o, const Choose& choose) {
    add_verb(app, "status", "The fleet in one picture", [=] { choose("status", Json::object(), true); });
    add_verb(app, "doctor", "Check that everything works, and say what to do",
             [=] { choose("doctor", Json::object(), true); });
    add_verb(app, "health", "Checks and storage of a host, or of all; exit code 6 when something is critical", [=, &o] {
        choose("health", o.host.empty() ? Json::object() : Json{{"host", o.host}}, true);
    })->add_option("HOST", o.host, "Only this host");
    auto& hosts = add_noun(app, "hosts", "Hosts and whether they are heard");
    add_verb(hosts, "list", "Every enrolled host", [=] { choose("hosts.list", Json::object(), true); });
    add_required(add_verb(hosts, "show", "One host",
                          [=, &o] {
                              choose("hosts.show", {{"host", o.host}}, true);
                          }),
                 "HOST", o.host);
    add_host_removal(hosts, o, choose);
    auto* metrics = add_verb(app, "metrics", "Newest values of a host, or one metric over time", [=, &o] {
        if (o.name.empty()) {
            return choose("metrics.list", {{"host", o.host}}, true);
        }
        choose("metrics.show", {{"host", o.host}, {"name", o.name}}, true);
    });
    add_required(metrics, "HOST", o.host);
    metrics->add_option("NAME", o.name, "A metric, or one series of it as 'name{label=\"value\"}'");
}

void add_alert_commands(CLI::App& app, Options& o, const Choose& choose) {
    auto& alerts = add_noun(app, "alerts", "What is wrong");
    add_verb(alerts, "list", "Alerts that are not resolved", [=, &o] {
        choose("alerts.list", {{"state", o.state}}, true);
    })->add_option("--state", o.state, "pending, firing, no_data, resolved or all");
    add_required(add_verb(alerts, "show", "One alert and its history",
                          [=, &o] {
                              choose("alerts.show", {{"id", o.id}}, true);
                          }),
                 "ID", o.id, "Its id, or the beginning of it");
    add_ack_commands(alerts, o, choose);
    add_required(add_verb(alerts, "why", "How one alert came to be, who was told, and what changed on its host before",
                          [=, &o] {
                              choose("alerts.why", {{"id", o.id}}, true);
                          }),
                 "ID", o.id, "Its id, or the beginning of it");
    add_route_commands(alerts, o, choose);
}

namespace {

void add_job_commands(CLI::App& app, Options& o, const Choose& choose) {
    auto& jobs = add_noun(app, "jobs", "What runs when");
    add_verb(jobs, "list", "Schedules and their next instants", [=] { choose("jobs.list", Json::object(), true); });
    auto* run = add_verb(jobs, "run", "Run a job now, on one host, those with a label, or all", [=, &o] {
        Json arguments{{"job", o.job}, {"host", o.host}};
        if (o.is_all) {
            arguments["all"] = true;
        }
        choose("jobs.run", std::move(arguments), false);
    });
    add_required(run, "JOB", o.job, "A job of the hosts' own configuration");
    run->add_option("--host", o.host, "On this host");
    run->add_flag("--all", o.is_all, "On every host that has the job");
}

void add_run_commands(CLI::App& app, Options& o, const Choose& choose) {
    auto& runs = add_noun(app, "runs", "What ran, and how it ended");
    auto* list = add_verb(runs, "list", "Newest runs first", [=, &o] {
        choose("runs.list", {{"host", o.host}, {"job", o.job}, {"state", o.state}, {"limit", o.limit}}, true);
    });
    list->add_option("--host", o.host, "Only of this host");
    list->add_option("--job", o.job, "Only of this job");
    list->add_option("--state", o.state, "Only in this state, such as running or failed");
    list->add_option("--limit", o.limit, "How many at most (50)")->check(CLI::Range(1, 10'000));
    add_required(add_verb(runs, "show", "One run, its output and its result",
                          [=, &o] {
                              choose("runs.show", {{"id", o.id}}, true);
                          }),
                 "RUN", o.id, "Its id, or the beginning of it");
    add_required(add_verb(runs, "cancel", "Give a run up: one that waits ends, one under way is ended by its host",
                          [=, &o] {
                              choose("runs.cancel", {{"id", o.id}}, false);
                          }),
                 "RUN", o.id, "Its id, or the beginning of it");
}

}  // namespace

void add_work_commands(CLI::App& app, Options& o, const Choose& choose) {
    add_job_commands(app, o, choose);
    add_run_commands(app, o, choose);
    auto& backups = add_noun(app, "backups", "Snapshots that hosts have reported");
    add_verb(backups, "list", "Newest first", [=, &o] {
        choose("backups.list", {{"host", o.host}}, true);
    })->add_option("--host", o.host, "Only of this host");
}

}  // namespace vigie::controller
