// CLI11 with our exit codes, suggestions and precedence.
#include "controller/cli/cli.hpp"

#include <ostream>

#include "controller/cli/commands_series.hpp"
#include "controller/cli/commands_tickets.hpp"
#include "controller/cli/query_page.hpp"
#include "controller/cli/rules_words.hpp"
#include "controller/cli/word_faults.hpp"
#include "controller/operator/operator_name.hpp"
#include "shared/core/harmless.hpp"
#include "shared/core/unknown_command.hpp"

namespace vigie::controller {
namespace {

struct Chosen {
    std::string verb;
    Json arguments = Json::object();
    bool is_query = true;
    bool is_live = false;  // shown again and again, also without --watch
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

// "runs list" for runs.list, as people write it.
std::string words_of(std::string verb) {
    std::replace(verb.begin(), verb.end(), '.', ' ');
    return verb == "metrics list" ? "metrics HOST" : verb == "metrics show" ? "metrics HOST NAME" : verb;
}

// The options that stand before or after any command, and the commands that they mean something to.
bool takes(std::string_view option, const std::string& verb) {
    static const std::map<std::string, Words, std::less<>> verbs{
        {"-l", {"health", "hosts.list", "alerts.list", "jobs.run", "tickets.list", "tickets.create", "tickets.update"}},
        {"--since", {"runs.list", "metrics.show", "audit.list", "query", "oncall.schedule"}}};
    return verbs.find(option)->second.contains(verb);
}

Result<void> refuse_unless_taken(std::string_view option, const Chosen& chosen) {
    if (takes(option, chosen.verb)) {
        return {};
    }
    return fail(ErrorCode::malformed, "{} does not take {}", words_of(chosen.verb), option);
}

Result<void> add_selection(const Options& options, Chosen& chosen) {
    if (!options.labels.empty()) {
        VIGIE_CHECK(refuse_unless_taken("-l", chosen));
        VIGIE_TRY(chosen.arguments["labels"], labels_of(options.labels));
    }
    if (!options.since.empty()) {
        VIGIE_CHECK(refuse_unless_taken("--since", chosen));
        VIGIE_TRY(const auto since, parse_duration(options.since).map_error([](Error e) { return e.at("--since"); }));
        chosen.arguments["since_ms"] = since.count();
    }
    if (options.is_watching && !chosen.is_query) {
        return fail(ErrorCode::malformed, "{} does not take --watch", words_of(chosen.verb));
    }
    if (chosen.verb == "query" && !options.step.empty() && !chosen.arguments.contains("since_ms")) {
        return fail(ErrorCode::malformed, "query: --step belongs to --since or --plot");
    }
    const int places = (options.host.empty() ? 0 : 1) + (options.labels.empty() ? 0 : 1) + (options.is_all ? 1 : 0);
    if (chosen.verb == "jobs.run" && places != 1) {
        return fail(ErrorCode::malformed, "jobs run: say where: one of --host HOST, -l name=value and --all");
    }
    return {};
}

void add_common_options(CLI::App& app, Options& options) {
    app.add_option("--socket", options.door.socket, "The controller's socket (also VIGIE_SOCKET)");
    app.add_option("--controller", options.door.controller,
                   "A controller elsewhere, as tcp://HOST:PORT (also VIGIE_CONTROLLER)");
    app.add_option("--key", options.door.key_file, "Your key for it, as keygen made it (also VIGIE_KEY)");
    app.add_option("--controller-key", options.door.controller_key,
                   "Its public key, unless your key's file has it (also VIGIE_CONTROLLER_KEY)");
    app.add_option("-o,--output", options.output, "table, wide, json or name (also VIGIE_OUTPUT)");
    app.add_flag("--watch", options.is_watching, "Show it again every 2 s; JSON lines when piped");
    app.add_option(
        "-l,--label", options.labels,
        "Only hosts with this label, name=value; may be repeated: of health, hosts list, alerts list, jobs run; of "
        "tickets list, and a ticket's own label of tickets create and update");
    app.add_option(
        "--since", options.since,
        "How far back, such as 1h30m: of metrics HOST NAME (1h), query, runs list, audit list, oncall schedule");
    app.fallthrough();
    app.require_subcommand(1);
}

int exit_code_of(const Error& error) {
    switch (error.code) {
        case ErrorCode::malformed:  // the controller could not make sense of the words
            return exit_usage;
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

// Whether errors are to be JSON, also when the words make no sense as a whole.
bool wants_json(const std::vector<std::string>& words, const Surroundings& world) {
    const auto set = world.environment.find("VIGIE_OUTPUT");
    std::string_view output = set == world.environment.end() ? std::string_view() : set->second;
    for (size_t i = 0; i < words.size(); ++i) {
        const std::string_view word = words[i];
        if (word.starts_with("--output=")) {
            output = word.substr(std::string_view("--output=").size());
        } else if ((word == "-o" || word == "--output") && i + 1 < words.size()) {
            output = words[i + 1];
        } else if (word.starts_with("-o")) {
            output = word.substr(2);
        }
    }
    return output == "json";
}

int refuse(const std::string& message, const std::vector<std::string>& words, const Surroundings& world) {
    return report({ErrorCode::malformed, message}, wants_json(words, world) ? Format::json : Format::table, world);
}

// Verbs that cannot be undone, and what becomes of the host that they name.
std::string_view harm_of(std::string_view verb) {
    static const std::map<std::string_view, std::string_view> harms{
        {"keys.revoke", "its key is let in no more, and it must be enrolled again"},
        {"hosts.remove", "its key is let in no more, and it is taken out of the fleet"}};
    const auto found = harms.find(verb);
    return found == harms.end() ? "" : found->second;
}

// On a terminal by typing the host's name; a script says --yes.
Result<void> confirm(const Options& options, const Chosen& chosen, const Surroundings& world) {
    const auto harm = harm_of(chosen.verb);
    if (harm.empty() || options.is_yes) {
        return {};
    }
    const auto host = harmless(options.host);
    const auto typed = world.ask_person ? world.ask_person(fmt::format("{}: {}.\nType its name to go on: ", host, harm))
                                        : std::nullopt;
    if (!typed) {
        return fail(ErrorCode::malformed, "{} cannot be undone: type the host's name on a terminal, or give --yes",
                    words_of(chosen.verb));
    }
    if (*typed != options.host) {
        return fail(ErrorCode::malformed, "'{}' is not '{}': nothing was done", harmless(*typed), host);
    }
    return {};
}

int exit_code_of_answer(const std::string& verb, const Json& answer) {
    if (verb == "audit.verify" && answer.is_object()) {
        return answer.value("is_whole", Json()) == true ? exit_ok : exit_findings;
    }
    if ((verb != "doctor" && verb != "health") || !answer.is_array()) {
        return exit_ok;
    }
    const auto is_bad = [&verb](const Json& row) {
        return verb == "health" ? row.value("is_critical", Json()) == true : row.value("state", "") != "ok";
    };
    return std::any_of(answer.begin(), answer.end(), is_bad) ? exit_findings : exit_ok;
}

// The library throws at a field of another type than this client's release knows.
Result<std::string> render_or_refuse(const std::string& verb, const Json& answer, const Look& look) {
    try {
        return render(verb, answer, look);
    } catch (const Json::exception&) {
        return fail(ErrorCode::unsupported,
                    "the controller's answer has another form than this vigie knows: see it with "
                    "-o json, or use the vigie of the controller's release");
    }
}

// Here, and not at a controller: nobody but its owner shall have a secret key.
int make_key(const Options& options, const Chosen& chosen, Look look, const Surroundings& world) {
    const auto& door = options.door;
    if (!door.socket.empty() || !door.controller.empty() || !door.key_file.empty()) {
        return report({ErrorCode::malformed,
                       "keygen asks no controller: it takes none of --socket, --controller and --key; the file that it "
                       "makes is named by itself"},
                      look.format, world);
    }
    if (!is_operator_name(options.name)) {
        return report(
            {ErrorCode::malformed,
             fmt::format("--name '{}': one word of letters, digits, '.', '_' and '-' that begins with a letter",
                         options.name)},
            look.format, world);
    }
    const auto set = world.environment.find("VIGIE_CONTROLLER_KEY");
    const auto key = world.make_key(options.file, door.controller_key.empty() && set != world.environment.end()
                                                      ? set->second
                                                      : door.controller_key);
    if (!key) {
        return report(key.error(), look.format, world);
    }
    auto answer = chosen.arguments;
    answer["key"] = *key;
    const auto text = render_or_refuse(chosen.verb, answer, look);
    world.out << *text;
    return exit_ok;
}

int look_at_rules(const Options& options, const Chosen& chosen, const Look& look, const Surroundings& world) {
    if (!options.door.socket.empty() || !options.door.controller.empty() || !options.door.key_file.empty()) {
        return report({ErrorCode::malformed, fmt::format("{} asks no controller: it takes none of --socket, "
                                                         "--controller and --key",
                                                         words_of(chosen.verb))},
                      look.format, world);
    }
    const auto page = chosen.verb == "rules.check" ? check_rules(*world.files, options.files, look)
                                                   : test_rules(*world.files, options.files, look);
    world.out << page.text;
    return page.is_good ? exit_ok : exit_failure;
}

int ask_and_show(const Options& options, const Chosen& chosen, Look look, const Surroundings& world) {
    const auto door = choose_door(options.door, world.environment);
    if (!door) {
        return report(door.error(), look.format, world);
    }
    Request request;
    request.verb = chosen.verb;
    request.arguments = chosen.arguments;
    const auto ask = [&](const Request& asked) { return world.ask(*door, asked); };
    const auto is_done = prepare_ticket_request(request, ask, world.out);
    if (!is_done || *is_done) {
        return is_done ? exit_ok : report(is_done.error(), look.format, world);
    }
    for (;;) {
        const auto answer = world.ask(*door, request);
        if (!answer) {
            const auto code = report(answer.error(), look.format, world);
            if (chosen.verb == "query" && look.format != Format::json) {
                world.err << caret_under(options.expr, answer.error().message);
            }
            return code;
        }
        look.now_unix_ms = world.now_unix_ms();
        const bool is_live = chosen.is_live || (options.is_watching && chosen.is_query);
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
    if (const auto empty = empty_word(words); !empty.empty()) {
        return refuse(empty, words, world);
    }
    CLI::App app("Vigie: keep a fleet of Linux hosts in good repair", "vigie");
    app.set_version_flag("--version", "vigie " VIGIE_VERSION);
    Options options;
    Chosen chosen;
    const Choose choose = [&](const std::string& verb, Json arguments, bool is_query) {
        chosen = Chosen{verb, std::move(arguments), is_query};
    };
    add_common_options(app, options);
    add_host_commands(app, options, choose);
    add_alert_commands(app, options, choose);
    add_error_commands(app, options, choose);
    add_silence_commands(app, options, choose);
    add_maintenance_commands(app, choose);
    add_oncall_commands(app, options, choose);
    add_work_commands(app, options, choose);
    add_audit_commands(app, options, choose);
    add_key_command(app, options, choose);
    add_key_commands(app, options, choose);
    add_query_command(app, options, choose);
    add_rules_commands(app, options, choose);
    SeriesOptions series;
    add_series_commands(app, series, choose);
    TicketOptions tickets;
    tickets.common = &options;
    add_ticket_commands(app, tickets, choose);
    try {
        app.parse(std::vector<std::string>(words.rbegin(), words.rend()));  // CLI11 takes them last first
    } catch (const CLI::Success& asked) {
        return app.exit(asked, world.out, world.err);
    } catch (const CLI::ParseError& error) {
        const auto hint = unknown_command(app, words);
        return refuse((hint.empty() ? error.what() : hint) + "\nRun 'vigie --help' for the commands.", words, world);
    }
    if (!options.refusal.empty()) {
        return refuse(options.refusal, words, world);
    }
    const auto format = format_of(options, world);
    if (!format) {
        return refuse("--output must be table, wide, json or name", words, world);
    }
    // Before anything is done: an answer that can't be shown so may hold a token that is shown once.
    if (*format == Format::name && !chosen.is_query && chosen.verb != "jobs.run" && chosen.verb != "tickets.create") {
        return refuse(words_of(chosen.verb) + " has no names to show: use -o table, wide or json", words, world);
    }
    if (const auto selected = add_selection(options, chosen); !selected) {
        return refuse(selected.error().message, words, world);
    }
    if (const auto confirmed = confirm(options, chosen, world); !confirmed) {
        return report(confirmed.error(), *format, world);
    }
    chosen.is_live = chosen.verb == "top" && world.is_terminal && *format != Format::json && !series.is_once;
    const Look look{.format = *format,
                    .is_colored = world.is_terminal && !world.environment.contains("NO_COLOR"),
                    .is_terminal = world.is_terminal,
                    .columns = world.columns,
                    .rows = world.rows,
                    .is_plot = options.is_plot};
    if (chosen.verb == "rules.check" || chosen.verb == "rules.test") {
        return look_at_rules(options, chosen, look, world);
    }
    return chosen.verb == "keygen" ? make_key(options, chosen, look, world)
                                   : ask_and_show(options, chosen, look, world);
}

}  // namespace vigie::controller
