// The words of `vigie`: which commands there are, what each takes, and the request it makes. A group of commands is a
// function here or in a file of its own.
#pragma once
#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "controller/cli/door.hpp"
#include "controller/operator/requests.hpp"
#include "shared/core/time.hpp"

namespace vigie::controller {

// What the words of a command line said.
struct Options {
    Door door;
    std::string output;
    std::vector<std::string> labels;
    std::string since;
    std::string host;
    std::string name;
    std::string job;
    std::string id;
    std::string state;
    std::string ttl = "1h";
    std::string note;
    int64_t uses = 1;
    bool is_yes = false;
    bool is_forced = false;
    int64_t limit = 50;
    std::string user;
    std::string verb;
    std::string head;
    int64_t audit_limit = 100;
    int64_t audit_before = 0;
    std::string file;
    std::vector<std::string> files;
    std::string role = "viewer";
    std::string expr;
    std::string at;
    std::string step;
    std::string timeout;
    std::vector<std::string> words;
    bool is_plot = false;
    bool is_all = false;
    bool is_watching = false;
    std::string from;
    std::string until;
    std::string span;  // a duration without a default
    int64_t days = 14;
    std::string refusal;  // why the words are refused although each of them can be read
};

// What the chosen command asks for. is_query: it changes nothing, so --watch may ask again.
using Choose = std::function<void(const std::string& verb, Json arguments, bool is_query)>;

CLI::App& add_noun(CLI::App& app, const std::string& word, const std::string& help);
// `choose` is called when these are the words of the command line.
CLI::App* add_verb(CLI::App& noun, const std::string& word, const std::string& help, std::function<void()> choose);
// A word that must be there and not be empty.
void add_required(CLI::App* verb, const std::string& word, std::string& target, const std::string& help = "");

void add_host_commands(CLI::App& app, Options& options, const Choose& choose);      // status, doctor, hosts, metrics
void add_key_commands(CLI::App& app, Options& options, const Choose& choose);       // enrol, keys, controller key
void add_host_removal(CLI::App& hosts, Options& options, const Choose& choose);     // hosts remove
void add_alert_commands(CLI::App& app, Options& options, const Choose& choose);     // alerts
void add_route_commands(CLI::App& alerts, Options& options, const Choose& choose);  // alerts routes
void add_ack_commands(CLI::App& alerts, Options& options, const Choose& choose);    // alerts ack, unack, snooze, close
void add_oncall_commands(CLI::App& app, Options& options, const Choose& choose);    // oncall
void add_error_commands(CLI::App& app, Options& options, const Choose& choose);     // errors
void add_silence_commands(CLI::App& app, Options& options, const Choose& choose);   // silences
void add_maintenance_commands(CLI::App& app, const Choose& choose);                 // maintenance
void add_work_commands(CLI::App& app, Options& options, const Choose& choose);      // jobs, runs, backups
void add_audit_commands(CLI::App& app, Options& options, const Choose& choose);     // audit
void add_key_command(CLI::App& app, Options& options, const Choose& choose);        // keygen
void add_query_command(CLI::App& app, Options& options, const Choose& choose);      // query
void add_rules_commands(CLI::App& app, Options& options, const Choose& choose);     // rules

// How far back a chart goes when nobody says.
constexpr milliseconds plot_since_default = 1h;

}  // namespace vigie::controller
