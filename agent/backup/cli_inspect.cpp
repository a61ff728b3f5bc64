// Entries as they come: a line of a table, or an object of JSON on a line of its own.
#include "agent/backup/cli_inspect.hpp"

#include "agent/backup/cli_output.hpp"
#include "agent/backup/commands_inspect.hpp"
#include "shared/core/assert.hpp"
#include "shared/core/units.hpp"

namespace vigie::agent::backup {
namespace {

// As ls -l begins a line: type and permissions.
std::string mode_text(const Node& node) {
    static constexpr std::string_view types = "-dlbcps?";  // in the order of NodeType
    static constexpr std::string_view letters = "rwxrwxrwx";
    const auto permissions = permissions_of(node.mode);
    std::string text(1, types[static_cast<size_t>(node.type)]);
    for (size_t at = 0; at < letters.size(); ++at) {
        text += (permissions >> (letters.size() - 1 - at) & 1) != 0 ? letters[at] : '-';
    }
    const std::array<std::pair<mode_t, std::pair<size_t, char>>, 3> specials{
        {{S_ISUID, {3, 's'}}, {S_ISGID, {6, 's'}}, {S_ISVTX, {9, 't'}}}};
    for (const auto& [bit, place] : specials) {
        if ((permissions & bit) != 0) {
            auto& letter = text[place.first];
            letter = letter == 'x' ? place.second : static_cast<char>(place.second - 'a' + 'A');
        }
    }
    return text;
}

std::string quoted(const std::string& path, const Node& node) {
    return go_quote(path) + (node.type == NodeType::symlink ? " -> " + go_quote(node.link_target) : "");
}

Json to_json(const std::string& path, const Node& node) {
    Json json{{"path", path},
              {"type", name_of(node.type)},
              {"permissions", mode_text(node)},
              {"uid", node.uid},
              {"gid", node.gid},
              {"user", node.user},
              {"group", node.group},
              {"size", node.size},
              {"modified", format_moment(node.modified)}};
    if (node.type == NodeType::symlink) {
        json["target"] = node.link_target;
    }
    return json;
}

void print_entry(const Snapshot& snapshot, const std::string& path, const Node& node, bool is_json, bool is_found) {
    if (is_json) {
        auto json = to_json(path, node);
        json["snapshot"] = to_hex(snapshot.id);
        print(json);
        return;
    }
    fmt::print("{}{}  {:>8} {:>8}  {:>12}  {:<20}  {}\n", is_found ? short_hex(snapshot.id) + "  " : "",
               mode_text(node), node.user.empty() ? fmt::format("{}", node.uid) : go_quote(node.user),
               node.group.empty() ? fmt::format("{}", node.gid) : go_quote(node.group), node.size,
               format_moment({node.modified.seconds, 0}), quoted(path, node));
}

struct DifferenceName {
    char letter;
    const char* word;
};

DifferenceName naming_of(Difference difference) {
    switch (difference) {
        case Difference::added:
            return {'+', "added"};
        case Difference::removed:
            return {'-', "removed"};
        case Difference::content:
            return {'M', "content"};
        case Difference::type:
            return {'T', "type"};
        case Difference::metadata:
            return {'U', "metadata"};
    }
    return {'?', "unknown"};
}

void print_difference(Difference difference, const std::string& path, const Node& node, bool is_json) {
    const auto name = naming_of(difference);
    if (is_json) {
        auto json = to_json(path, node);
        json["difference"] = name.word;
        print(json);
    } else {
        fmt::print("{}  {}{}\n", name.letter, go_quote(path), node.type == NodeType::dir ? "/" : "");
    }
}

int exit_of(const ProblemList& problems) {
    return problems.count == 0 ? exit_ok : exit_partial;
}

int show(const InspectReport& report, bool) {
    print_asides(report.problems, report.notes);
    return exit_of(report.problems);
}

int show_found(const InspectReport& report, bool is_json) {
    const int code = show(report, is_json);
    return code == exit_ok && report.entries == 0 ? exit_failure : code;
}

int show(const DiffReport& report, bool is_json) {
    print_asides(report.problems, report.notes);
    if (is_json) {
        print({{"added", report.added},
               {"removed", report.removed},
               {"changed", report.changed},
               {"changed_metadata", report.changed_metadata},
               {"added_bytes", report.added_bytes},
               {"removed_bytes", report.removed_bytes},
               {"problem_count", report.problems.count}});
    } else {
        fmt::print("{} added, {} removed, {} changed, {} changed in mode, owner or time; {} came, {} went\n",
                   report.added, report.removed, report.changed, report.changed_metadata,
                   format_bytes({report.added_bytes}), format_bytes({report.removed_bytes}));
    }
    return exit_of(report.problems);
}

int show(const StatsReport& report, bool is_json) {
    print_asides(report.problems, report.notes);
    if (is_json) {
        print({{"snapshots", report.snapshots},
               {"files", report.files},
               {"folders", report.folders},
               {"others", report.others},
               {"restore_bytes", report.restore_bytes},
               {"blobs", report.blobs},
               {"blob_bytes", report.blob_bytes},
               {"stored_bytes", report.stored_bytes},
               {"packs", report.packs},
               {"pack_bytes", report.pack_bytes},
               {"problem_count", report.problems.count}});
    } else {
        fmt::print("{} snapshots: {} files, {} folders, {} others; {} to restore\n", report.snapshots, report.files,
                   report.folders, report.others, format_bytes({report.restore_bytes}));
        fmt::print("they need {} blobs: {}, stored as {}\nthe repository has {} packs: {}\n", report.blobs,
                   format_bytes({report.blob_bytes}), format_bytes({report.stored_bytes}), report.packs,
                   format_bytes({report.pack_bytes}));
    }
    return exit_of(report.problems);
}

}  // namespace

bool is_inspection(std::string_view verb) {
    return verb == "ls" || verb == "find" || verb == "diff" || verb == "stats";
}

int run_inspection(const CliOptions& options, const ProgressSink& progress) {
    const Access access{options.repository, options.password_file};
    const auto tag = options.tags.empty() ? std::string() : options.tags.front();
    const bool is_json = options.is_json;
    if (options.verb == "ls") {
        const std::vector<std::string> paths(options.words.begin() + 1, options.words.end());
        return finish(ls({access, options.words.front(), paths, options.host, tag},
                         [is_json](const auto& snapshot, const auto& path, const auto& node) {
                             print_entry(snapshot, path, node, is_json, false);
                         }),
                      is_json, show);
    }
    if (options.verb == "find") {
        return finish(find({access, options.words, options.host, tag},
                           [is_json](const auto& snapshot, const auto& path, const auto& node) {
                               print_entry(snapshot, path, node, is_json, true);
                           }),
                      is_json, show_found);
    }
    if (options.verb == "diff") {
        return finish(diff({access, options.words[0], options.words[1]},
                           [is_json](Difference difference, const auto& path, const auto& node) {
                               print_difference(difference, path, node, is_json);
                           }),
                      is_json, show);
    }
    VIGIE_ASSERT(options.verb == "stats");  // see is_inspection()
    return finish(stats({access, options.words, options.host, tag}, progress), is_json, show);
}

}  // namespace vigie::agent::backup
