// Programs say why they failed on the last line of their output; vigie-worker with -o json says it as
// {"error":{"code":…,"message":…}}, and its reports list what was left out as "problems":[{"path":…,"message":…}].
#include "controller/jobs/run_reason.hpp"

#include <nlohmann/json.hpp>

namespace vigie::controller {
namespace {

using Json = nlohmann::json;

// A sentence, not a page: a program may print a megabyte without a line break.
constexpr size_t sentence_max = 300;

// Null unless it is JSON; what is nested deeper than any report of ours is left out.
Json parse(std::string_view text) {
    constexpr int depth_max = 8;
    auto parsed = Json::parse(
        text, [](int depth, Json::parse_event_t, const Json&) { return depth <= depth_max; }, false);
    return parsed.is_discarded() ? Json(nullptr) : parsed;
}

std::string text_of(const Json& object, const char* field) {
    const auto found = object.is_object() ? object.find(field) : object.end();
    return object.is_object() && found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// The last line that is not blank.
std::string_view last_line(std::string_view text) {
    const auto end = text.find_last_not_of(" \t\r\n");
    if (end == text.npos) {
        return {};
    }
    text = text.substr(0, end + 1);
    const auto begin = text.rfind('\n');
    return begin == text.npos ? text : text.substr(begin + 1);
}

std::string error_of(std::string_view line) {
    const auto parsed = line.starts_with('{') ? parse(line) : Json(nullptr);
    return parsed.is_object() && parsed.contains("error") ? text_of(parsed["error"], "message") : "";
}

std::string shortened(std::string_view text) {
    return text.size() <= sentence_max ? std::string(text) : std::string(text.substr(0, sentence_max)) + "…";
}

bool is_only_a_status(std::string_view message) {
    return message.starts_with("exited with status ") || message.starts_with("ended by signal ");
}

std::string problems_of(const JobRun& run) {
    const auto report = parse(run.report_json);
    const auto problems = report.is_object() ? report.find("problems") : report.end();
    if (!report.is_object() || problems == report.end() || !problems->is_array() || problems->empty()) {
        return "";
    }
    const auto told = report.find("problem_count");  // the list may be cut to the first ones
    const auto count = told != report.end() && told->is_number_unsigned() ? told->get<uint64_t>() : problems->size();
    const auto path = text_of(problems->front(), "path");
    return fmt::format("{} problem{}, the first: {}{}{}", count, count == 1 ? "" : "s", path, path.empty() ? "" : ": ",
                       text_of(problems->front(), "message"));
}

}  // namespace

std::string reason_of(const JobRun& run) {
    if (run.phase == RunPhase::failed && is_only_a_status(run.message)) {
        const auto line = last_line(run.output_tail);
        if (auto error = error_of(line); !error.empty()) {
            return shortened(error);
        }
        return line.empty() ? run.message : shortened(fmt::format("{}: {}", run.message, line));
    }
    if (run.phase == RunPhase::partial && run.message.empty()) {
        auto problems = problems_of(run);
        return shortened(problems.empty() ? last_line(run.output_tail) : problems);
    }
    return run.message;
}

}  // namespace vigie::controller
