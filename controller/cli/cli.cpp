// CLI11 with our exit codes, suggestions and precedence.
#include "controller/cli/cli.hpp"

#include <CLI/CLI.hpp>
#include <ostream>

#include "shared/core/nearest.hpp"

namespace vigie::controller {
namespace {

constexpr const char* socket_default = "/run/vigie/operator.sock";

struct Options {
    std::string socket;
    std::string output;
    std::vector<std::string> labels;
    std::string since;
    std::string host;
    std::string name;
    std::string job;
    std::string id;
    std::string state;
    std::string ttl = "1h";
    int64_t limit = 50;
    bool is_watching = false;
    bool is_quiet = false;
};

// What a subcommand asks for: filled by CLI11's callback of the chosen one.
struct Chosen {
    std::string verb;
    Json arguments = Json::object();
    bool is_query = true;
};

Result<Json> labels_of(const std::vector<std::string>& words) {
    auto labels = Json::object();
    for (const auto& word : words) {
        const auto equals = word.find('=');
        if (equals == std::string::npos || equals == 0) {
            return fail(ErrorCode::malformed, "-l {}: write a label as name=value", word);
        }
        labels[word.substr(0, equals)] = word.substr(equals + 1);
    }
    return labels;
}

Result<void> add_selection(const Options& options, Chosen& chosen) {
    if (!options.labels.empty()) {
        VIGIE_TRY(chosen.arguments["labels"], labels_of(options.labels));
    }
    if (!options.since.empty()) {
        VIGIE_TRY(const auto since, parse_duration(options.since).map_error([](Error e) { return e.at("--since"); }));
        chosen.arguments["since_ms"] = since.count();
    }
    return {};
}

void add_common_options(CLI::App& app, Options& options) {
    app.add_option("--socket", options.socket, "The controller's socket (also VIGIE_SOCKET)");
    app.add_option("-o,--output", options.output, "table, wide, json or name (also VIGIE_OUTPUT)");
    app.add_flag("--watch", options.is_watching, "Show it again every 2 s; JSON lines when piped");
    app.add_option("-l,--label", options.labels, "Only hosts with this label, name=value; may be repeated");
    app.add_option("--since", options.since, "How far back, such as 1h30m: of a metric (1h) or of runs");
    app.fallthrough();
    app.require_subcommand(1);
}

using Choose = std::function<void(const std::string& verb, Json arguments, bool is_query)>;

CLI::App* add_verb(CLI::App& noun, const std::string& word, const std::string& help, std::function<void()> choose) {
    auto* verb = noun.add_subcommand(word, help);
    verb->fallthrough();
    verb->callback(std::move(choose));
    return verb;
}

CLI::App& add_noun(CLI::App& app, const std::string& word, const std::string& help) {
    auto* noun = app.add_subcommand(word, help);
    noun->fallthrough();
    noun->require_subcommand(1);
    return *noun;
}

void add_host_commands(CLI::App& app, Options& o, const Choose& choose) {
    add_verb(app, "status", "The fleet in one picture", [=] { choose("status", Json::object(), true); });
    auto& hosts = add_noun(app, "hosts", "Hosts and whether they are heard");
    add_verb(hosts, "list", "Every enrolled host", [=] { choose("hosts.list", Json::object(), true); });
    add_verb(hosts, "show", "One host",
             [=, &o] {
                 choose("hosts.show", {{"host", o.host}}, true);
             })
        ->add_option("HOST", o.host)
        ->required();
    auto* metrics = add_verb(app, "metrics", "Newest values of a host, or one metric over time", [=, &o] {
        if (o.name.empty()) {
            return choose("metrics.list", {{"host", o.host}}, true);
        }
        choose("metrics.show", {{"host", o.host}, {"name", o.name}}, true);
    });
    metrics->add_option("HOST", o.host)->required();
    metrics->add_option("NAME", o.name, "A metric, or with {label=\"value\"} one series of it");
    add_verb(app, "doctor", "Check that everything works, and say what to do",
             [=] { choose("doctor", Json::object(), true); });
    auto& enrol = add_noun(app, "enrol", "Let new hosts in");
    auto* token = add_verb(enrol, "token", "Make a one-time token", [=, &o] {
        choose("enrol.token", {{"ttl", o.ttl}, {"hosts", o.host}}, false);
    });
    token->add_option("--ttl", o.ttl, "How long it is good for");
    token->add_option("--hosts", o.host, "Only for hosts whose name matches, such as web-*");
}

void add_work_commands(CLI::App& app, Options& o, const Choose& choose) {
    auto& alerts = add_noun(app, "alerts", "What is wrong");
    add_verb(alerts, "list", "Alerts that are not resolved", [=, &o] {
        choose("alerts.list", {{"state", o.state}}, true);
    })->add_option("--state", o.state, "Only this state, or all");
    add_verb(alerts, "show", "One alert and its history",
             [=, &o] {
                 choose("alerts.show", {{"id", o.id}}, true);
             })
        ->add_option("ID", o.id)
        ->required();
    auto& jobs = add_noun(app, "jobs", "What runs when");
    add_verb(jobs, "list", "Schedules and their next instants", [=] { choose("jobs.list", Json::object(), true); });
    auto* run = add_verb(jobs, "run", "Run a job now", [=, &o] {
        choose("jobs.run", {{"job", o.job}, {"host", o.host}}, false);
    });
    run->add_option("JOB", o.job, "A job of the hosts' own configuration")->required();
    run->add_option("--host", o.host, "On this host; without it on all that -l selects");
    auto& runs = add_noun(app, "runs", "What ran, and how it ended");
    auto* list = add_verb(runs, "list", "Newest runs first", [=, &o] {
        choose("runs.list", {{"host", o.host}, {"job", o.job}, {"state", o.state}, {"limit", o.limit}}, true);
    });
    list->add_option("--host", o.host);
    list->add_option("--job", o.job);
    list->add_option("--state", o.state);
    list->add_option("--limit", o.limit)->check(CLI::Range(1, 10'000));
    add_verb(runs, "show", "One run, its output and its result",
             [=, &o] {
                 choose("runs.show", {{"id", o.id}}, true);
             })
        ->add_option("RUN", o.id)
        ->required();
    auto& backups = add_noun(app, "backups", "Snapshots that hosts have reported");
    add_verb(backups, "list", "Newest first", [=, &o] {
        choose("backups.list", {{"host", o.host}}, true);
    })->add_option("--host", o.host);
}

int exit_code_of(const Error& error) {
    switch (error.code) {
        case ErrorCode::denied:
            return exit_denied;
        case ErrorCode::unavailable:
        case ErrorCode::timed_out:
            return exit_unreachable;
        default:
            return exit_failure;
    }
}

int report(const Error& error, Format format, const Surroundings& world) {
    if (format == Format::json) {
        world.err << encode_answer(fail(error)) << "\n";
    } else {
        world.err << "vigie: " << error.message << "\n";
    }
    return exit_code_of(error);
}

// The first word that is no command where one was expected, and its nearest command.
std::string suggestion(const CLI::App& app, const std::vector<std::string>& words) {
    const auto* level = &app;
    bool is_value = false;  // of the option before it
    for (const auto& word : words) {
        if (std::exchange(is_value, false)) {
            continue;
        }
        if (word.starts_with('-')) {
            const auto* option = app.get_option_no_throw(word);
            is_value = option != nullptr && option->get_items_expected() > 0;
            continue;
        }
        Words known;
        const CLI::App* next = nullptr;
        for (const auto* sub : level->get_subcommands([](const CLI::App*) { return true; })) {
            known.insert(sub->get_name());
            next = sub->get_name() == word ? sub : next;
        }
        if (known.empty()) {
            return "";
        }
        if (next == nullptr) {
            const auto near = nearest(word, known);
            return near.empty() ? fmt::format("unknown command '{}'", word)
                                : fmt::format("unknown command '{}', did you mean '{}'?", word, near);
        }
        level = next;
    }
    return "";
}

std::optional<Format> format_of(const Options& options, const Surroundings& world) {
    auto word = options.output;
    if (const auto set = world.environment.find("VIGIE_OUTPUT"); word.empty() && set != world.environment.end()) {
        word = set->second;
    }
    if (word.empty() || word == "table") {
        return Format::table;
    }
    return word == "wide"   ? std::optional(Format::wide)
           : word == "json" ? std::optional(Format::json)
           : word == "name" ? std::optional(Format::name)
                            : std::nullopt;
}

std::string socket_of(const Options& options, const Surroundings& world) {
    if (!options.socket.empty()) {
        return options.socket;
    }
    const auto set = world.environment.find("VIGIE_SOCKET");
    return set == world.environment.end() ? socket_default : set->second;
}

int exit_code_of_answer(const std::string& verb, const Json& answer) {
    if (verb != "doctor" || !answer.is_array()) {
        return exit_ok;
    }
    const auto is_bad = [](const Json& row) { return row.value("state", "") != "ok"; };
    return std::any_of(answer.begin(), answer.end(), is_bad) ? exit_findings : exit_ok;
}

// The library throws at a field of another type than this client's release knows.
Result<std::string> render_or_refuse(const std::string& verb, const Json& answer, const Look& look) {
    try {
        return render(verb, answer, look);
    } catch (const Json::exception&) {
        return fail(ErrorCode::malformed,
                    "the controller's answer has another form than this vigie knows: see it with "
                    "-o json, or use the vigie of the controller's release");
    }
}

int ask_and_show(const Options& options, const Chosen& chosen, Look look, const Surroundings& world) {
    Request request;
    request.verb = chosen.verb;
    request.arguments = chosen.arguments;
    for (;;) {
        const auto answer = world.ask(socket_of(options, world), request);
        if (!answer) {
            return report(answer.error(), look.format, world);
        }
        look.now_unix_ms = world.now_unix_ms();
        const bool is_live = options.is_watching && chosen.is_query;
        const auto text = render_or_refuse(chosen.verb, *answer, look);
        if (!text) {
            return report(text.error(), look.format, world);
        }
        if (is_live && !world.is_terminal) {
            world.out << answer->dump(-1, ' ', false, Json::error_handler_t::replace) << "\n";
        } else {
            world.out << (is_live ? "\x1b[H\x1b[2J" : "") << *text;
        }
        world.out.flush();
        if (!is_live || !world.pause(2s)) {
            return exit_code_of_answer(chosen.verb, *answer);
        }
    }
}

}  // namespace

int run_cli(const std::vector<std::string>& words, const Surroundings& world) {
    CLI::App app("Vigie: keep a fleet of Linux hosts in good repair", "vigie");
    app.set_version_flag("--version", "vigie " VIGIE_VERSION);
    Options options;
    Chosen chosen;
    const Choose choose = [&](const std::string& verb, Json arguments, bool is_query) {
        chosen = Chosen{verb, std::move(arguments), is_query};
    };
    add_common_options(app, options);
    add_host_commands(app, options, choose);
    add_work_commands(app, options, choose);
    try {
        app.parse(std::vector<std::string>(words.rbegin(), words.rend()));  // CLI11 takes them last first
    } catch (const CLI::Success& asked) {
        return app.exit(asked, world.out, world.err);
    } catch (const CLI::ParseError& error) {
        const auto hint = suggestion(app, words);
        world.err << "vigie: " << (hint.empty() ? error.what() : hint) << "\nRun 'vigie --help' for the commands.\n";
        return exit_usage;
    }
    const auto format = format_of(options, world);
    if (!format) {
        world.err << "vigie: --output must be table, wide, json or name\n";
        return exit_usage;
    }
    if (const auto selected = add_selection(options, chosen); !selected) {
        world.err << "vigie: " << selected.error().message << "\n";
        return exit_usage;
    }
    const Look look{.format = *format,
                    .is_colored = world.is_terminal && !world.environment.contains("NO_COLOR"),
                    .columns = world.columns};
    return ask_and_show(options, chosen, look, world);
}

}  // namespace vigie::controller
