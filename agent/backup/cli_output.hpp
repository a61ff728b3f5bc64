// How the command line writes: results to standard output, everything else to standard error.
#pragma once
#include <string>
#include <type_traits>
#include <vector>

#include <nlohmann/json.hpp>

#include "agent/backup/progress.hpp"
#include "agent/backup/snapshot.hpp"

namespace vigie::agent::backup {

using Json = nlohmann::ordered_json;
enum ExitCode { exit_ok = 0, exit_failure = 1, exit_usage = 2, exit_partial = 3 };

// One line.
void print(const Json& json);
// The same for an object that a job's result may carry: its longest lists are cut until it fits, and is_cut says so.
void print_report(Json report);
// Gives the exit code.
int report_error(const Error& error, bool is_json);
Json to_json(const ProblemList& problems);
Json to_json(const Snapshot& snapshot);
void print_asides(const ProblemList& problems, const std::vector<std::string>& notes);

// Shows a report, or tells the error; gives the exit code.
template <typename Report>
int finish(const Result<Report>& report, bool is_json, std::type_identity_t<int (*)(const Report&, bool)> shown_by) {
    return report ? shown_by(*report, is_json) : report_error(report.error(), is_json);
}

}  // namespace vigie::agent::backup
