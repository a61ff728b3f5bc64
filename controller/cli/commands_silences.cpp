// silences, maintenance, alerts routes: who is told of what.
#include "controller/cli/commands.hpp"

namespace vigie::controller {

void add_silence_commands(CLI::App& app, Options& o, const Choose& choose) {
    auto& silences = add_noun(app, "silences", "What nobody is told of for a while");
    const auto add_matchers = [&o](CLI::App* verb) {
        verb->add_option("MATCHER", o.words, "Such as alertname=DiskFull or 'instance=~\"web-.*\"'; all must match")
            ->required();
    };
    auto* create = add_verb(silences, "create", "Tell nobody of alerts with these labels for a while", [=, &o] {
        Json arguments{{"matchers", o.words}, {"for", o.ttl}, {"comment", o.note}};
        if (!o.at.empty()) {
            arguments["starts_at"] = o.at;
        }
        choose("silences.create", std::move(arguments), false);
    });
    add_matchers(create);
    add_required(create, "--for", o.ttl, "How long, such as 2h");
    add_required(create, "--comment", o.note, "Why, for others");
    create->add_option("--starts-at", o.at, "When it begins, as 2026-11-27T12:00:00Z; now unless given");
    add_matchers(add_verb(silences, "preview", "The alerts that such a silence would hold now", [=, &o] {
        choose("silences.preview", {{"matchers", o.words}}, true);
    }));
    add_verb(silences, "list", "Silences that are not over", [=, &o] {
        choose("silences.list", o.is_all ? Json{{"all", true}} : Json::object(), true);
    })->add_flag("--all", o.is_all, "Those that are over too, for five days");
    for (const auto& [word, help, is_query] :
         {std::tuple("show", "One silence, and the alerts that it holds now", true),
          std::tuple("expire", "End a silence now", false)}) {
        add_required(add_verb(silences, word, help,
                              [=, &o, verb = fmt::format("silences.{}", word), is_query = is_query] {
                                  choose(verb, {{"id", o.id}}, is_query);
                              }),
                     "ID", o.id, "Its id, or the beginning of it");
    }
}

void add_maintenance_commands(CLI::App& app, const Choose& choose) {
    auto& maintenance = add_noun(app, "maintenance", "What the configuration foresees that nobody is told of");
    add_verb(maintenance, "list", "Windows, and runs of jobs that hold alerts now",
             [=] { choose("maintenance.list", Json::object(), true); });
}

void add_route_commands(CLI::App& alerts, Options& o, const Choose& choose) {
    auto& routes = add_noun(alerts, "routes", "Who is told of which alerts");
    add_verb(routes, "show", "The tree of routes", [=] { choose("alerts.routes.show", Json::object(), true); });
    add_verb(routes, "test", "Where an alert with these labels would go now",
             [=, &o] {
                 auto labels = Json::object();
                 for (const auto& word : o.words) {
                     labels[word.substr(0, word.find('='))] = word.substr(word.find('=') + 1);
                 }
                 choose("alerts.routes.test", {{"labels", std::move(labels)}}, true);
             })
        ->add_option("LABEL", o.words, "The alert's labels, as alertname=DiskFull")
        ->required()
        ->check(CLI::Validator(
            [](const std::string& text) {
                const auto equals = text.find('=');
                return std::string(equals == std::string::npos || equals == 0 ? "write a label as name=value" : "");
            },
            ""));
}

}  // namespace vigie::controller
