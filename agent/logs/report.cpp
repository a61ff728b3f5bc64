#include "agent/logs/report.hpp"

#include <array>
#include <nlohmann/json.hpp>

#include "shared/core/units.hpp"

namespace vigie::agent::logs {

std::string_view name_of(Outcome outcome) {
    constexpr std::array<std::string_view, 4> names{"rotated", "planned", "not_due", "failed"};
    return names.at(static_cast<size_t>(outcome));
}

std::string to_text(const RotationReport& report, bool verbose) {
    std::string text;
    std::array<size_t, 4> counts{};
    for (const auto& log : report.logs) {
        ++counts.at(static_cast<size_t>(log.outcome));
        if (log.outcome == Outcome::not_due && !verbose) {
            continue;
        }
        text += fmt::format("{}: {}", log.path, log.outcome == Outcome::not_due ? "not due" : name_of(log.outcome));
        if (!log.reason.empty()) {
            text += fmt::format(" ({})", log.reason);
        }
        if (log.outcome != Outcome::not_due) {
            text += fmt::format(", {}", format_bytes(Bytes{log.bytes}));
        }
        if (!log.archives.empty()) {
            text += fmt::format(" -> {}", log.archives.front());
        }
        text += '\n';
        const bool shows_steps = verbose || log.outcome == Outcome::planned;
        for (const auto& step : shows_steps ? log.steps : std::vector<std::string>{}) {
            text += fmt::format("  {}\n", step);
        }
    }
    text += fmt::format("{} rotated, {} not due, {} failed", counts[0], counts[2], counts[3]);
    return text + (counts[1] > 0 ? fmt::format(", {} would be rotated\n", counts[1]) : "\n");
}

namespace {
// A job's result travels in one message that has room for 64 KiB of it (protocol/codec/limits.hpp).
constexpr size_t json_bytes_max = 60U << 10;

std::string dump(const nlohmann::json& json) {
    return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

// First what was not due goes, then half of the longest list. False when nothing is left to leave out.
bool shorten(nlohmann::json& whole) {
    auto& logs = whole["logs"].get_ref<nlohmann::json::array_t&>();
    whole["is_cut"] = true;
    if (std::erase_if(logs, [](const auto& log) { return log["outcome"] == name_of(Outcome::not_due); }) > 0) {
        return true;
    }
    auto* longest = &whole["logs"];
    for (const auto* key : {"warnings", "errors"}) {
        longest = whole[key].size() > longest->size() ? &whole[key] : longest;
    }
    const auto half = static_cast<std::ptrdiff_t>(longest->size() / 2);
    const bool has_any = !longest->empty();
    longest->erase(longest->begin() + half, longest->end());
    return has_any;
}
}  // namespace

std::string to_json(const RotationReport& report) {
    auto logs = nlohmann::json::array();
    for (const auto& log : report.logs) {
        nlohmann::json entry{{"path", log.path},
                             {"outcome", name_of(log.outcome)},
                             {"reason", log.reason},
                             {"bytes", log.bytes},
                             {"archives", log.archives}};
        if (log.outcome == Outcome::planned) {
            entry["steps"] = log.steps;
        }
        logs.push_back(std::move(entry));
    }
    nlohmann::json whole{{"logs", std::move(logs)}, {"warnings", report.warnings}, {"errors", report.errors}};
    auto text = dump(whole);
    while (text.size() > json_bytes_max && shorten(whole)) {
        text = dump(whole);
    }
    return text;
}

}  // namespace vigie::agent::logs
