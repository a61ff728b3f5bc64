// errors: what hosts found in their logs.
#include "controller/cli/commands.hpp"

namespace vigie::controller {

void add_error_commands(CLI::App& app, Options& o, const Choose& choose) {
    auto& noun = add_noun(app, "errors", "Errors that hosts found in their logs, by kind");
    auto* list = add_verb(noun, "list", "Kinds that are neither resolved nor ignored, newest first", [=, &o] {
        Json arguments{{"limit", o.limit}};
        if (!o.state.empty()) {
            arguments["state"] = o.state;
        }
        if (!o.host.empty()) {
            arguments["host"] = o.host;
        }
        choose("errors.list", std::move(arguments), true);
    });
    list->add_option("--state", o.state, "new, resolved, ignored, or all");
    list->add_option("--host", o.host, "Only those that this host had");
    list->add_option("--limit", o.limit, "How many at most (50)")->check(CLI::Range(1, 1'000));
    for (const auto& [word, help, is_query] :
         {std::tuple("show", "One kind: where it came, how often, and its stack trace", true),
          std::tuple("resolve", "It is mended: should it come again, it is new again", false),
          std::tuple("ignore", "Go on counting it, and tell nobody", false)}) {
        add_required(add_verb(noun, word, help,
                              [=, &o, verb = fmt::format("errors.{}", word), is_query = is_query] {
                                  choose(verb, {{"id", o.id}}, is_query);
                              }),
                     "ID", o.id, "Its id, or the beginning of it");
    }
}

}  // namespace vigie::controller
