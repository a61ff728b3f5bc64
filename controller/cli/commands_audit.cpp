// audit and keygen.
#include "controller/cli/commands.hpp"

namespace vigie::controller {

void add_audit_commands(CLI::App& app, Options& o, const Choose& choose) {
    auto& audit = add_noun(app, "audit", "Who changed what");
    auto* list = add_verb(audit, "list", "Newest first", [=, &o] {
        Json arguments{{"user", o.user}, {"verb", o.verb}, {"limit", o.audit_limit}};
        if (o.audit_before > 0) {
            arguments["before"] = o.audit_before;  // a controller of an older release does not know it
        }
        choose("audit.list", std::move(arguments), true);
    });
    list->add_option("--user", o.user, "Only of this operator: the name of a key, or a uid");
    list->add_option("--verb", o.verb, "Only of this command, such as jobs.run");
    list->add_option("--limit", o.audit_limit, "How many at most (100)")->check(CLI::Range(1, 1'000));
    list->add_option("--before", o.audit_before, "Only records before this number")->check(CLI::PositiveNumber);
    add_verb(audit, "verify", "Is the log as it was written? Exit code 6 when it is not", [=, &o] {
        choose("audit.verify", {{"head", o.head}}, true);
    })->add_option("--head", o.head, "A hash that the log had and that was noted elsewhere");
}

void add_key_command(CLI::App& app, Options& o, const Choose& choose) {
    auto* keygen = add_verb(app, "keygen", "Make a key pair for asking a controller from elsewhere", [=, &o] {
        choose("keygen", {{"file", o.file}, {"name", o.name}, {"role", o.role}}, false);
    });
    add_required(keygen, "FILE", o.file, "Where the pair goes; the file must not be there yet");
    add_required(keygen, "--name", o.name, "Whose it is, as the audit log shall call them");
    keygen->add_option("--role", o.role, "viewer (unless given), operator or admin")
        ->check(CLI::IsMember({"viewer", "operator", "admin"}));
}

}  // namespace vigie::controller
