// oncall, alerts ack, unack, snooze and close: who is called, and who has an alert in hand.
#include "controller/cli/commands.hpp"

namespace vigie::controller {
namespace {

// Those of the options that were given, by the controller's names.
Json given(std::initializer_list<std::pair<const char*, const std::string*>> options) {
    auto arguments = Json::object();
    for (const auto& [name, text] : options) {
        if (!text->empty()) {
            arguments[name] = *text;
        }
    }
    return arguments;
}

void add_override_commands(CLI::App& oncall, Options& o, const Choose& choose) {
    auto& overrides = add_noun(oncall, "override", "Somebody else for a while");
    auto* add = add_verb(overrides, "add", "Put somebody on call in a rota, whoever's turn it is", [=, &o] {
        choose("oncall.override.add",
               given({{"rota", &o.name},
                      {"person", &o.user},
                      {"from", &o.from},
                      {"until", &o.until},
                      {"for", &o.span},
                      {"comment", &o.note}}),
               false);
    });
    add_required(add, "ROTA", o.name);
    add_required(add, "PERSON", o.user);
    add->add_option("--from", o.from, "When it begins, as 2026-11-27T12:00:00Z; now unless given");
    auto* until = add->add_option("--until", o.until, "When it ends, as 2026-11-28T12:00:00Z");
    add->add_option("--for", o.span, "How long instead, such as 8h")->excludes(until);
    add->add_option("--comment", o.note, "Why, for others");
    add_verb(overrides, "list", "Overrides that are not over", [=, &o] {
        choose("oncall.override.list", o.is_all ? Json{{"all", true}} : Json::object(), true);
    })->add_flag("--all", o.is_all, "Those that are over too, for five days");
    add_required(add_verb(overrides, "remove", "End an override now, or take one away that has not begun",
                          [=, &o] {
                              choose("oncall.override.remove", {{"id", o.id}}, false);
                          }),
                 "ID", o.id, "Its id, or the beginning of it");
}

}  // namespace

void add_oncall_commands(CLI::App& app, Options& o, const Choose& choose) {
    auto& oncall = add_noun(app, "oncall", "Who is called, and when");
    auto* who = add_verb(oncall, "who", "Who is on call, in each rota or in one", [=, &o] {
        choose("oncall.who", given({{"rota", &o.name}, {"at", &o.at}}), true);
    });
    who->add_option("ROTA", o.name, "Only this rota");
    who->add_option("--at", o.at, "When, as 2026-11-27T12:00:00Z; now unless given");
    auto* schedule = add_verb(oncall, "schedule", "Who is on call in a rota when", [=, &o] {
        choose("oncall.schedule", {{"rota", o.name}, {"days", o.days}}, true);
    });
    add_required(schedule, "ROTA", o.name);
    schedule->add_option("--days", o.days, "How far ahead (14)")->check(CLI::Range(1, 366));
    add_override_commands(oncall, o, choose);
}

void add_ack_commands(CLI::App& alerts, Options& o, const Choose& choose) {
    const auto add = [&](const std::string& word, const std::string& help, std::function<void()> chosen) {
        auto* verb = add_verb(alerts, word, help, std::move(chosen));
        add_required(verb, "ID", o.id, "Its id, or the beginning of it");
        return verb;
    };
    const auto add_comment = [&o](CLI::App* verb) { verb->add_option("--comment", o.note, "For others"); };
    add_comment(add("ack", "Say that you have an alert in hand: nobody else is called for it", [=, &o] {
        choose("alerts.ack", given({{"id", &o.id}, {"comment", &o.note}}), false);
    }));
    add("unack", "Give it back: its escalation goes on where it stood", [=, &o] {
        choose("alerts.unack", given({{"id", &o.id}}), false);
    });
    auto* snooze = add("snooze", "The same for a while: afterwards its escalation goes on where it stood", [=, &o] {
        choose("alerts.snooze", given({{"id", &o.id}, {"for", &o.span}, {"comment", &o.note}}), false);
    });
    add_required(snooze, "--for", o.span, "How long, such as 1h");
    add_comment(snooze);
    auto* close = add("close", "End an alert without data, whose series will not come again", [=, &o] {
        choose("alerts.close", given({{"id", &o.id}, {"comment", &o.note}}), false);
    });
    add_required(close, "--comment", o.note, "Why, for others");
}

}  // namespace vigie::controller
