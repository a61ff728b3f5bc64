// enrol, keys, controller key, hosts remove: who is let in.
#include "controller/cli/commands.hpp"

namespace vigie::controller {
namespace {

// What destroys asks for the host's name, unless a script says --yes.
void add_yes(CLI::App* verb, Options& o) {
    verb->add_flag("--yes", o.is_yes, "Do not ask, as in a script");
}

// An option that was not given is not said, and one that was is, even when it is empty: the controller refuses that.
void choose_token(const CLI::App& verb, const Options& o, const Choose& choose) {
    auto arguments = Json::object();
    const auto say = [&](const char* option, const char* name, Json value) {
        if (verb.count(option) > 0) {
            arguments[name] = std::move(value);
        }
    };
    say("--ttl", "ttl", o.ttl);
    say("--hosts", "hosts", o.host);
    say("--uses", "uses", o.uses);
    say("--note", "note", o.note);
    choose("enrol.token", std::move(arguments), false);
}

void add_token_options(CLI::App* verb, Options& o) {
    verb->add_option("--ttl", o.ttl, "How long it is good for: 1h unless given, 30d at most");
    verb->add_option("--hosts", o.host, "Only for hosts whose name matches, such as web-*; any host unless given");
    verb->add_option("--uses", o.uses, "For how many hosts: 1 unless given");
    verb->add_option("--note", o.note, "What it is for, for the list");
}

void add_token_commands(CLI::App& app, Options& o, const Choose& choose) {
    auto& enrol = add_noun(app, "enrol", "Let new hosts in");
    auto* token = enrol.add_subcommand("token", "Tokens that let hosts in; without a further word, make one");
    token->fallthrough();
    token->require_subcommand(0, 1);
    token->callback([=, &o] {
        const auto verbs = token->get_subcommands();
        if (verbs.empty()) {
            return choose_token(*token, o, choose);
        }
        for (const auto* option : {"--ttl", "--hosts", "--uses", "--note"}) {
            if (token->count(option) > 0) {  // it would be passed over
                o.refusal = verbs[0]->get_name() == "create"
                                ? fmt::format("{}: write it behind 'create'", option)
                                : fmt::format("{}: '{}' does not take it", option, verbs[0]->get_name());
            }
        }
    });
    add_token_options(token, o);
    auto* create = token->add_subcommand("create", "Make a token, and show it once");
    create->fallthrough();
    create->callback([=, &o] { choose_token(*create, o, choose); });
    add_token_options(create, o);
    add_verb(*token, "list", "Tokens and what is left of them; never the tokens themselves",
             [=] { choose("enrol.token.list", Json::object(), true); });
    add_required(add_verb(*token, "revoke", "Let nobody in with a token any more",
                          [=, &o] {
                              choose("enrol.token.revoke", {{"id", o.id}}, false);
                          }),
                 "ID", o.id, "Its id, or the beginning of it");
}

void add_own_key_commands(CLI::App& app, Options& o, const Choose& choose) {
    auto& controller = add_noun(app, "controller", "The controller itself");
    auto& key = add_noun(controller, "key", "The key that hosts know the controller by");
    add_verb(key, "show", "It, the next one, and which hosts do not know that yet",
             [=] { choose("controller.key.show", Json::object(), true); });
    add_verb(key, "rotate", "Make the next key and tell all hosts of it",
             [=] { choose("controller.key.rotate", Json::object(), false); });
    auto* change = add_verb(key, "switch", "Use the next key from now on", [=, &o] {
        auto arguments = Json::object();
        if (o.is_forced) {
            arguments["force"] = true;
        }
        choose("controller.key.switch", std::move(arguments), false);
    });
    change->add_flag("--force", o.is_forced, "Also when that locks hosts out");
}

}  // namespace

void add_key_commands(CLI::App& app, Options& o, const Choose& choose) {
    add_token_commands(app, o, choose);
    auto& keys = add_noun(app, "keys", "The keys that hosts are let in with");
    add_verb(keys, "list", "Every host's key and its state", [=] { choose("keys.list", Json::object(), true); });
    auto* revoke = add_verb(keys, "revoke", "Let a host's key in no more, and cut its session", [=, &o] {
        choose("keys.revoke", {{"host", o.host}}, false);
    });
    add_required(revoke, "HOST", o.host);
    add_yes(revoke, o);
    add_required(add_verb(keys, "rotate", "Replace a host's key by a new one that the host makes",
                          [=, &o] {
                              choose("keys.rotate", {{"host", o.host}}, false);
                          }),
                 "HOST", o.host);
    add_own_key_commands(app, o, choose);
}

void add_host_removal(CLI::App& hosts, Options& o, const Choose& choose) {
    auto* remove = add_verb(hosts, "remove", "Take a host out of the fleet", [=, &o] {
        choose("hosts.remove", {{"host", o.host}}, false);
    });
    add_required(remove, "HOST", o.host);
    add_yes(remove, o);
}

}  // namespace vigie::controller
