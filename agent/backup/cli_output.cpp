// JSON in lines that fit, asides to standard error.
#include "agent/backup/cli_output.hpp"

#include <cstdio>

namespace vigie::agent::backup {
namespace {

// A job's result travels in one message that has room for 64 KiB of it (protocol/codec/limits.hpp).
constexpr size_t report_bytes_max = 60U << 10;

std::string to_line(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

void print(const Json& json) {
    fmt::print("{}\n", to_line(json));
}

// Cuts the lists of a bad day, the longest first, until the report fits; its counts stay true.
void print_report(Json report) {
    const auto is_shorter = [](const Json& a, const Json& b) {
        return (a.is_array() ? a.size() : 0) < (b.is_array() ? b.size() : 0);
    };
    while (to_line(report).size() > report_bytes_max) {
        auto& longest = *std::max_element(report.begin(), report.end(), is_shorter);
        if (!longest.is_array() || longest.empty()) {
            break;
        }
        longest.erase(longest.begin() + static_cast<std::ptrdiff_t>(longest.size() / 2), longest.end());
        report["is_cut"] = true;
    }
    print(report);
}

int report_error(const Error& error, bool is_json) {
    if (is_json) {
        const Json json{{"error", {{"code", name_of(error.code)}, {"message", error.message}}}};
        fmt::print(stderr, "{}\n", json.dump(-1, ' ', false, Json::error_handler_t::replace));
    } else {
        fmt::print(stderr, "backup: {}\n", error.message);
    }
    return exit_failure;
}

Json to_json(const ProblemList& problems) {
    auto json = Json::array();
    for (const auto& problem : problems.kept) {
        json.push_back({{"path", problem.path}, {"message", problem.message}});
    }
    return json;
}

Json to_json(const Snapshot& snapshot) {
    return {{"id", to_hex(snapshot.id)},    {"time", format_moment(snapshot.time)},
            {"host", snapshot.host},        {"user", snapshot.user},
            {"paths", snapshot.paths},      {"tags", snapshot.tags},
            {"tree", to_hex(snapshot.tree)}};
}

// One line for each, to standard error: the result on standard output stays clean.
void print_asides(const ProblemList& problems, const std::vector<std::string>& notes) {
    for (const auto& note : notes) {
        fmt::print(stderr, "note: {}\n", note);
    }
    for (const auto& problem : problems.kept) {
        fmt::print(stderr, "problem: {}: {}\n", go_quote(problem.path), go_quote(problem.message));
    }
    if (problems.count > problems.kept.size()) {
        fmt::print(stderr, "problem: and {} more\n", problems.count - problems.kept.size());
    }
}

}  // namespace vigie::agent::backup
