// Verbs to commands, reports to text.
#include "agent/backup/cli.hpp"

#include <cstdio>

#include "agent/backup/cli_care.hpp"
#include "agent/backup/cli_inspect.hpp"
#include "agent/backup/cli_options.hpp"
#include "agent/backup/cli_output.hpp"
#include "agent/backup/commands.hpp"
#include "shared/core/units.hpp"

namespace vigie::agent::backup {
namespace {

int show(const InitReport& report, bool is_json) {
    if (is_json) {
        print({{"repository", report.repository}, {"id", report.id}});
    } else {
        fmt::print("made repository {} in {}\n", report.id.substr(0, 8), report.repository);
    }
    return exit_ok;
}

int show(const RunReport& report, bool is_json) {
    print_asides(report.problems, report.notes);
    const auto* status = report.is_partial() ? "partial" : "complete";
    if (is_json) {
        print_report({{"status", status},
                      {"snapshot", to_hex(report.snapshot)},
                      {"parent", report.parent ? Json(to_hex(*report.parent)) : Json()},
                      {"files_new", report.files_new},
                      {"files_changed", report.files_changed},
                      {"files_unmodified", report.files_unmodified},
                      {"folders", report.folders},
                      {"others", report.others},
                      {"vanished", report.vanished},
                      {"excluded", report.excluded},
                      {"source_bytes", report.source_bytes},
                      {"added_bytes", report.added_bytes},
                      {"adopted_packs", report.adopted_packs},
                      {"lost_packs", report.lost_packs},
                      {"changed_while_read", report.changed_while_read},
                      {"problem_count", report.problems.count},
                      {"problems", to_json(report.problems)},
                      {"notes", report.notes}});
    } else {
        for (const auto& path : report.changed_while_read) {
            fmt::print(stderr, "note: changed while read: {}\n", go_quote(path));
        }
        fmt::print("snapshot {} ({})\nfiles: {} new, {} changed, {} unmodified; {} folders, {} others\n",
                   short_hex(report.snapshot), status, report.files_new, report.files_changed, report.files_unmodified,
                   report.folders, report.others);
        fmt::print("{} in the snapshot, {} added to the repository\n", format_bytes({report.source_bytes}),
                   format_bytes({report.added_bytes}));
        if (report.excluded > 0) {
            fmt::print("excluded: {}\n", report.excluded);
        }
        if (report.is_partial() || report.vanished > 0) {
            fmt::print("left out: {} with problems, {} vanished\n", report.problems.count, report.vanished);
        }
    }
    return report.is_partial() ? exit_partial : exit_ok;
}

int show(const ListReport& report, bool is_json) {
    for (const auto& note : report.notes) {
        fmt::print(stderr, "note: {}\n", note);
    }
    for (const auto& error : report.problems) {
        fmt::print(stderr, "problem: {}\n", error.message);
    }
    auto json = Json::array();
    if (!is_json) {
        fmt::print("{:<8}  {:<20}  {:<16}  {:<12}  PATHS\n", "ID", "TIME", "HOST", "TAGS");
    }
    for (const auto& [snapshot, is_future] : report.snapshots) {
        auto entry = to_json(snapshot);
        entry["in_future"] = is_future;
        json.push_back(std::move(entry));
        if (!is_json) {
            std::string paths;
            for (const auto& path : snapshot.paths) {
                paths += (paths.empty() ? "" : " ") + go_quote(path);
            }
            fmt::print("{:<8}  {:<20}  {:<16}  {:<12}  {}{}\n", short_hex(snapshot.id),
                       format_moment({snapshot.time.seconds, 0}), go_quote(snapshot.host),
                       go_quote(fmt::format("{}", fmt::join(snapshot.tags, ","))), paths,
                       is_future ? "  (dated in the future: a wrong clock; never the latest)" : "");
        }
    }
    if (is_json) {
        print(json);
    }
    return report.problems.empty() ? exit_ok : exit_partial;
}

int show(const RestoreReport& report, bool is_json) {
    print_asides(report.problems, report.notes);
    const auto* status = report.is_partial() ? "partial" : "complete";
    if (is_json) {
        print_report({{"status", status},
                      {"snapshot", to_hex(report.snapshot)},
                      {"files_written", report.files_written},
                      {"files_kept", report.files_kept},
                      {"left_alone", report.left_alone},
                      {"folders", report.folders},
                      {"others", report.others},
                      {"bytes_written", report.bytes_written},
                      {"problem_count", report.problems.count},
                      {"problems", to_json(report.problems)},
                      {"notes", report.notes}});
    } else {
        fmt::print("restored snapshot {} ({})\n{} files written ({}), {} already there; {} folders, {} others\n",
                   short_hex(report.snapshot), status, report.files_written, format_bytes({report.bytes_written}),
                   report.files_kept, report.folders, report.others);
    }
    if (!is_json && report.left_alone > 0) {
        fmt::print("{} entries were there and were left alone\n", report.left_alone);
    }
    const bool is_any_there =
        report.files_written + report.files_kept + report.left_alone + report.folders + report.others > 0;
    return !report.is_partial() ? exit_ok : is_any_there ? exit_partial : exit_failure;
}

int show(const VerifyReport& report, bool is_json) {
    print_asides(report.problems, report.notes);
    const auto* status = report.is_sound() ? "sound" : "damaged";
    if (is_json) {
        auto damaged = Json::array();
        for (const auto& snapshot : report.damaged) {
            damaged.push_back(to_json(snapshot));
        }
        print_report({{"status", status},
                      {"snapshots", report.snapshots},
                      {"trees", report.trees},
                      {"packs", report.packs},
                      {"blobs", report.blobs},
                      {"packs_read", report.packs_read},
                      {"bytes_read", report.bytes_read},
                      {"damaged_snapshots", damaged},
                      {"problem_count", report.problems.count},
                      {"problems", to_json(report.problems)},
                      {"notes", report.notes}});
    } else {
        fmt::print("{}: {} snapshots, {} trees, {} packs, {} blobs; {} of packs read\n", status, report.snapshots,
                   report.trees, report.packs, report.blobs, format_bytes({report.bytes_read}));
        for (const auto& snapshot : report.damaged) {
            fmt::print("damaged: snapshot {} of {} ({})\n", short_hex(snapshot.id), format_moment(snapshot.time),
                       go_quote(snapshot.host));
        }
    }
    return report.is_sound() ? exit_ok : exit_failure;
}

int dispatch(const CliOptions& options, const ProgressSink& progress) {
    const Access access{options.repository, options.password_file};
    const auto tag = options.tags.empty() ? std::string() : options.tags.front();
    if (options.verb == "init") {
        return finish(init({access}), options.is_json, show);
    }
    if (options.verb == "run") {
        return finish(run({access, options.words, options.tags, options.host, options.excludes, options.excludes_caches,
                           options.is_one_file_system, options.excludes_larger_than},
                          progress),
                      options.is_json, show);
    }
    if (options.verb == "list") {
        return finish(list({access, options.host, tag}), options.is_json, show);
    }
    if (options.verb == "restore") {
        const std::vector<std::string> paths(options.words.begin() + 1, options.words.end());
        return finish(restore({access, options.words.front(), options.target, paths, options.host, tag,
                               options.includes, options.excludes, options.overwrite, !options.is_dense},
                              progress),
                      options.is_json, show);
    }
    if (options.verb == "verify") {
        return finish(verify({access, options.packs}, progress), options.is_json, show);
    }
    return is_inspection(options.verb) ? run_inspection(options, progress) : run_care(options, progress);
}

}  // namespace

int backup_main(const std::vector<std::string>& args, const ProgressSink& progress) {
    const auto options = parse_cli(args);
    if (!options) {
        fmt::print(stderr, "backup: {}\nvigie-agent backup --help shows what there is\n", options.error().message);
        return exit_usage;
    }
    if (options->wants_help) {
        fmt::print("{}", cli_usage);
        return exit_ok;
    }
    const int code = dispatch(*options, progress);
    if (std::fflush(stdout) != 0) {
        fmt::print(stderr, "backup: write standard output: failed\n");
        return exit_failure;
    }
    return code;
}

}  // namespace vigie::agent::backup
