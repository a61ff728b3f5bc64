// Options to commands, reports to tables and JSON.
#include "agent/backup/cli_care.hpp"

#include "agent/backup/cli_output.hpp"
#include "agent/backup/commands_keys.hpp"
#include "agent/backup/commands_retention.hpp"
#include "shared/core/assert.hpp"
#include "shared/core/units.hpp"

namespace vigie::agent::backup {
namespace {

Json to_json(const PruneReport& report) {
    return {{"dry_run", report.is_dry_run},
            {"snapshots", report.snapshots},
            {"packs_before", report.packs_before},
            {"packs_removed", report.packs_removed},
            {"packs_rewritten", report.packs_rewritten},
            {"packs_new", report.packs_new},
            {"bytes_before", report.bytes_before},
            {"bytes_freed", report.bytes_freed},
            {"bytes_rewritten", report.bytes_rewritten},
            {"bytes_unused", report.bytes_unused},
            {"notes", report.notes}};
}

void print_text(const PruneReport& report) {
    const auto* would = report.is_dry_run ? "would be " : "";
    fmt::print("{} snapshots need what they have; of {} packs ({}) {} {}removed and {} {}written anew ({})\n",
               report.snapshots, report.packs_before, format_bytes({report.bytes_before}), report.packs_removed, would,
               report.packs_rewritten, would, format_bytes({report.bytes_rewritten}));
    fmt::print("{} {}freed, {} stay unused\n", format_bytes({report.bytes_freed}), would,
               format_bytes({report.bytes_unused}));
}

int show(const PruneReport& report, bool is_json) {
    print_asides({}, report.notes);
    if (is_json) {
        print_report(to_json(report));
    } else {
        print_text(report);
    }
    return exit_ok;
}

Json to_json(const ForgetGroup& group) {
    auto choices = Json::array();
    for (const auto& choice : group.choices) {
        auto entry = to_json(choice.snapshot);
        entry["kept"] = choice.is_kept();
        entry["reasons"] = choice.reasons;
        choices.push_back(std::move(entry));
    }
    return {{"host", group.host}, {"paths", group.paths}, {"tags", group.tags}, {"snapshots", std::move(choices)}};
}

void print_text(const ForgetGroup& group, bool is_dry_run) {
    for (const auto& choice : group.choices) {
        const auto& snapshot = choice.snapshot;
        fmt::print("{:<8}  {:<20}  {:<16}  {}\n", short_hex(snapshot.id), format_moment({snapshot.time.seconds, 0}),
                   go_quote(snapshot.host),
                   choice.is_kept() ? go_quote(fmt::format("kept: {}", fmt::join(choice.reasons, ", ")))
                   : is_dry_run     ? "would be removed"
                                    : "removed");
    }
}

int show(const ForgetReport& report, bool is_json) {
    print_asides({}, report.notes);
    for (const auto& error : report.problems) {
        fmt::print(stderr, "problem: {}\n", error.message);
    }
    if (is_json) {
        auto groups = Json::array();
        for (const auto& group : report.groups) {
            groups.push_back(to_json(group));
        }
        print({{"dry_run", report.is_dry_run},
               {"kept", report.kept},
               {"removed", report.removed},
               {"groups", groups},
               {"prune", report.prune ? to_json(*report.prune) : Json()}});
    } else {
        for (const auto& group : report.groups) {
            print_text(group, report.is_dry_run);
        }
        fmt::print("{} snapshots {}removed, {} kept\n", report.removed, report.is_dry_run ? "would be " : "",
                   report.kept);
        if (report.prune) {
            print_text(*report.prune);
        }
    }
    return report.problems.empty() ? exit_ok : exit_partial;
}

int show(const UnlockReport& report, bool is_json) {
    print_asides({}, report.notes);
    if (is_json) {
        print({{"removed", report.removed}, {"left", report.left}, {"notes", report.notes}});
    } else {
        fmt::print("{} locks removed, {} left\n", report.removed, report.left);
    }
    return exit_ok;
}

int show(const KeysReport& report, bool is_json) {
    print_asides({}, report.notes);
    for (const auto& error : report.problems) {
        fmt::print(stderr, "problem: {}\n", error.message);
    }
    auto json = Json::array();
    if (!is_json) {
        fmt::print("  {:<8}  {:<20}  {:<16}  USER\n", "ID", "CREATED", "HOST");
    }
    for (const auto& key : report.keys) {
        json.push_back({{"id", to_hex(key.id)},
                        {"created", format_moment(key.owner.created)},
                        {"host", key.owner.host},
                        {"user", key.owner.user},
                        {"current", key.is_current}});
        if (!is_json) {
            fmt::print("{} {:<8}  {:<20}  {:<16}  {}\n", key.is_current ? "*" : " ", short_hex(key.id),
                       format_moment({key.owner.created.seconds, 0}), go_quote(key.owner.host),
                       go_quote(key.owner.user));
        }
    }
    if (is_json) {
        print(json);
    }
    return report.problems.empty() ? exit_ok : exit_partial;
}

KeyAction key_action(const std::string& word) {
    return word == "add"      ? KeyAction::add
           : word == "remove" ? KeyAction::remove
           : word == "change" ? KeyAction::change
                              : KeyAction::list;
}

}  // namespace

int run_care(const CliOptions& options, const ProgressSink& progress) {
    const Access access{options.repository, options.password_file};
    PruneRequest pruning;
    pruning.unused_ratio_max = options.unused_ratio_max;
    pruning.is_dry_run = options.is_dry_run;
    if (options.verb == "forget") {
        const auto tag = options.tags.empty() ? std::string() : options.tags.front();
        return finish(forget({access,
                              {options.words, options.policy, options.grouping, options.host, tag},
                              options.is_dry_run,
                              options.prunes,
                              pruning},
                             progress),
                      options.is_json, show);
    }
    if (options.verb == "prune") {
        return finish(prune({access, pruning}, progress), options.is_json, show);
    }
    if (options.verb == "unlock") {
        return finish(unlock({access, options.remove_all}), options.is_json, show);
    }
    VIGIE_ASSERT(options.verb == "keys");  // parse_cli knows no other
    const auto key = options.words.size() == 2 ? options.words[1] : std::string();
    return finish(keys({access, key_action(options.words.front()), key, options.new_password_file}), options.is_json,
                  show);
}

}  // namespace vigie::agent::backup
